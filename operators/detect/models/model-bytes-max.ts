/** Largest model of the user, its weights included, in bytes. */
export const modelBytesMax = 2 ** 30;
