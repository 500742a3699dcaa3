/** Extensions of the pictures that can be read, in order of preference among files of one stem. */
export const pictureExtensions: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.bmp',
  '.tif',
  '.tiff',
  '.gif',
  '.avif',
];

/** Whether a file name has the extension of a picture, in upper or lower case. */
export function isPictureName(name: string): boolean {
  return pictureExtensionOf(name) !== '';
}

/** The extension of a picture's name, in lower case; empty for other names. */
export function pictureExtensionOf(name: string): string {
  const extension = /\.[a-z]+$/i.exec(name)?.[0].toLowerCase() ?? '';
  return pictureExtensions.includes(extension) ? extension : '';
}
