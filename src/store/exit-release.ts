/** Locks that this process holds, by what releases each at once. */
const releases = new Set<() => void>();

function releaseAll(): void {
  for (const release of releases) {
    try {
      release();
    } catch {
      // Removed by others, or goes stale by itself; an exit handler that throws would change the exit status.
    }
  }
}

/**
 * Releases a lock also when the process exits before it was released. One listener for all locks,
 * and none while no lock is held: a host process has no listener of ours once a commit is over. No signal is
 * listened to: whoever finds the lock of a process that a signal ended takes it over.
 * @returns what to call once the lock was released
 */
export function releaseAtExit(release: () => void): () => void {
  if (releases.size === 0) process.on('exit', releaseAll);
  releases.add(release);
  return () => {
    releases.delete(release);
    if (releases.size === 0) process.off('exit', releaseAll);
  };
}
