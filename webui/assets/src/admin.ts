// The pages but the desk: plain forms and links work without this file; it adds
// the theme switch, dialogs, and htmx with its event streams.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import { dialogs, sendOnce, toWhatIsWrong } from "./dialog";
import { fileSizes } from "./file";
import { navGroups } from "./nav";
import { themeSwitch } from "./theme";
import { waves } from "./wave";

themeSwitch();
navGroups();
dialogs();
sendOnce();
fileSizes();
toWhatIsWrong();
waves();
