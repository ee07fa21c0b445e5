/** Says of a change that it came from the server, which has it. */
export const FROM_SERVER = Symbol('from the server')

/** Says of a change that it came from the copy in this browser. */
export const FROM_LOCAL_COPY = Symbol('from the local copy')
