/** Holds journals between runs and through a reboot. REFSTORE_STATE_DIR names another one. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env['REFSTORE_STATE_DIR'] || '/var/lib/docker-refstore';
}
