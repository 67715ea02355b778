/** Standard input of a command. `isTTY`: somebody is there to answer a question. */
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/** Standard output or error of a command. `columns` is asked anew at each use. */
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export interface Streams {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** Environment variables: NO_COLOR, TERM, HOME, and those of the docker CLI (DOCKER_HOST, DOCKER_CONTEXT, …). */
export type Environment = Readonly<Record<string, string | undefined>>;
