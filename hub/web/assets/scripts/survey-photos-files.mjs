// Files of a drone's card: out of what was dropped, and those that are photos.
const IS_PHOTO = /\.(jpe?g|png|webp)$/i;

/** Whether it may be a photo; a folder that could not be read may hold some. */
export function isPhoto(file) {
  return IS_PHOTO.test(file.name) || isFolder(file.name);
}

export function isFolder(name) {
  return name.endsWith("/");
}

/** What stands for a file, or a folder, that was gone before it was opened. */
function gone(name) {
  return { name, size: 0, arrayBuffer: () => Promise.reject(new Error("gone")) };
}

/** What was dropped: files, and all files in folders. */
export async function filesOf(dropped) {
  // All entries at once: after a pause the browser gives none.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...dropped.files];
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry) {
  if (entry.isFile) return [await new Promise((resolve) => { entry.file(resolve, () => resolve(gone(entry.name))); })];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((resolve) => { reader.readEntries(resolve, () => resolve(null)); });
    if (!some) found.push(gone(`${entry.name}/`));
    if (!some?.length) break;
    for (const one of some) found.push(...(await filesBelow(one)));
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}
