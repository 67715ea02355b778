// The only module that imports proper-lockfile. In dist it is a bundle without graceful-fs and signal-exit, which
// change the process that loads them: scripts/bundle-libraries.js.
export { lock } from 'proper-lockfile';
