// The only module that imports write-file-atomic. In dist it is a bundle without signal-exit, which changes the
// process that loads it: scripts/bundle-libraries.js.
export { default as writeFileAtomic } from 'write-file-atomic';
