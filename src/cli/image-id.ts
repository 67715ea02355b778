/** `4d87d2244e11` of `sha256:4d87d2244e11…`, as `docker image ls` shows it; anything else stays whole. */
export function shortId(imageId: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(imageId) ? imageId.slice(7, 19) : imageId;
}
