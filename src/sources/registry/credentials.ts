/** What docker login left for one registry. Never printed, never sent to another. */
export type Credentials = { readonly server: string } & (
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** To be traded for an access token. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** An access token as it is. */
  | { readonly kind: 'registry-token'; readonly token: string }
);
