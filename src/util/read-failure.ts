/** Why something was not read. `damaged`: its bytes are not what its name promises. */
export interface ReadFailure {
  readonly problem:
    | 'missing'
    | 'outside'
    | 'wrong-kind'
    | 'too-large'
    | 'too-many'
    | 'damaged'
    | 'unreadable';
  /** One clause: "it is a symbolic link", "permission denied". */
  readonly reason: string;
}
