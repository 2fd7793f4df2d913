// Stands in for the package debug, of whose 2 kB JsSIP needs next to nothing: on the
// console of a page whose localStorage has the key debug, what its phone does.
const on = localStorage.getItem("debug") !== null;

function trace(name) {
  const say = (...said) => {
    if (on) say.log(name, ...said);
  };
  say.log = console.debug;
  return say;
}

module.exports = trace;
module.exports.default = trace;
