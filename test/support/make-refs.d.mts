export function makeRefs(count: number, seed?: number): string;
