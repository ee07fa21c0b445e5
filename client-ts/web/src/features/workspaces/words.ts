/** Characters in a workspace's name at most; the server refuses more. */
export const MAX_WORKSPACE_NAME_CHARS = 100
