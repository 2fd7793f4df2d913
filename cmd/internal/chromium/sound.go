package chromium

import (
	"encoding/binary"
	"math"
	"os"
)

// microphoneRate is how many samples a second a microphone gives.
const microphoneRate = 48000

// beeps are half a second of tone and a quarter of silence, again and again: a
// tone that never ends is noise to a browser's noise suppression.
func beeps(hz float64) []int16 {
	one := make([]int16, microphoneRate*3/4)
	for i := range microphoneRate / 2 {
		one[i] = int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/microphoneRate))
	}
	var all []int16
	for range 20 {
		all = append(all, one...)
	}
	return all
}

// WriteWAV writes a sound of one channel to a file.
func WriteWAV(path string, rate int, s []int16) error {
	raw := make([]byte, 44+2*len(s))
	copy(raw, "RIFF....WAVEfmt ")
	copy(raw[36:], "data")
	le := binary.LittleEndian
	le.PutUint32(raw[4:], uint32(36+2*len(s)))
	le.PutUint32(raw[16:], 16)
	le.PutUint16(raw[20:], 1)
	le.PutUint16(raw[22:], 1)
	le.PutUint32(raw[24:], uint32(rate))
	le.PutUint32(raw[28:], uint32(2*rate))
	le.PutUint16(raw[32:], 2)
	le.PutUint16(raw[34:], 16)
	le.PutUint32(raw[40:], uint32(2*len(s)))
	for i, v := range s {
		le.PutUint16(raw[44+2*i:], uint16(v))
	}
	return os.WriteFile(path, raw, 0o644)
}

// Ear is an expression for the desk's page: the frequency that its speaker plays
// loudest, in Hz, and its level in decibels; nothing where nobody is on the line.
// It keeps what it measures with in window.ear.
const Ear = `(() => {
  const stream = window.trunkline?.remoteStream ?? document.querySelector("#remote-audio")?.srcObject;
  if (!stream) return [];
  if (window.ear?.stream !== stream) {
    const context = window.ear?.context ?? new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(stream).connect(analyser);
    window.ear = {stream, context, analyser};
  }
  const {analyser, context} = window.ear;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let best = 0;
  for (let i = 1; i < bins.length; i++) if (bins[i] > bins[best]) best = i;
  return [best * context.sampleRate / analyser.fftSize, Number.isFinite(bins[best]) ? bins[best] : -200];
})()`

// Hears tells whether a tone is the loudest by what Ear says, and audible.
func Hears(heard []float64, hz float64) bool {
	return len(heard) == 2 && heard[1] > -50 && math.Abs(heard[0]-hz) < 15
}
