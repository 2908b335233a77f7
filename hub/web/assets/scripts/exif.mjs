// The EXIF block of a JPEG: read when and whether where a photo was taken, and put the block into another JPEG.
// Only what is needed of TIFF 6.0 and Exif 2.32 is read; whatever is broken is left alone.
const HEAD_BYTES = 256 * 1024;
const EXIF_HEADER = 0x45786966; // "Exif"
const ORIENTATION = 0x0112, EXIF_IFD = 0x8769, GPS_IFD = 0x8825, TAKEN_AT = 0x9003, WIDTH = 0xa002, HEIGHT = 0xa003;
const GPS_LATITUDE = 0x0002;
const UPRIGHT = 1;
const SHORT = 3;

/** {exif: bytes of the APP1 segment, takenAt, hasPlace} of a photo; empty for one without EXIF. */
export async function readExif(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const exif = findSegment(bytes);
  if (!exif) return {};
  const tiff = openTiff(exif);
  const first = tiff.directory(tiff.firstOffset);
  const details = first.has(EXIF_IFD) ? tiff.directory(tiff.value(first.get(EXIF_IFD))) : new Map();
  const place = first.has(GPS_IFD) ? tiff.directory(tiff.value(first.get(GPS_IFD))) : new Map();
  return { exif, takenAt: details.has(TAKEN_AT), hasPlace: place.has(GPS_LATITUDE) };
}

/** `jpeg` with the block of the original, whose pixels have been turned upright and scaled. */
export async function withExif(jpeg, exif, size = {}) {
  const block = exif.slice();
  try {
    const tiff = openTiff(block);
    const first = tiff.directory(tiff.firstOffset);
    if (first.has(ORIENTATION)) tiff.write(first.get(ORIENTATION), UPRIGHT);
    const details = first.has(EXIF_IFD) ? tiff.directory(tiff.value(first.get(EXIF_IFD))) : new Map();
    for (const [tag, px] of [[WIDTH, size.width], [HEIGHT, size.height]]) if (px && details.has(tag)) tiff.write(details.get(tag), px);
  } catch {
    return jpeg; // an unreadable block would turn the picture again
  }
  return new Blob([jpeg.slice(0, 2), block, jpeg.slice(2)], { type: "image/jpeg" });
}

/** The APP1 segment, marker and length included. */
function findSegment(bytes) {
  const view = new DataView(bytes.buffer);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 10 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (bytes[at + 1] === 0xe1 && view.getUint32(at + 4) === EXIF_HEADER) return end <= bytes.length ? bytes.slice(at, end) : null;
    at = end;
  }
  return null;
}

/** A segment's TIFF structure: directories as maps from tag to where its entry stands. */
function openTiff(segment) {
  const view = new DataView(segment.buffer, segment.byteOffset + 10, segment.length - 10);
  const little = view.getUint16(0) === 0x4949;
  if (view.getUint16(2, little) !== 42) throw new Error("no TIFF");
  return {
    firstOffset: view.getUint32(4, little),
    directory(offset) {
      const entries = new Map();
      const count = view.getUint16(offset, little);
      for (let n = 0; n < count; n += 1) entries.set(view.getUint16(offset + 2 + 12 * n, little), offset + 2 + 12 * n);
      return entries;
    },
    value: (entry) => (view.getUint16(entry + 2, little) === SHORT ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little)),
    write(entry, value) {
      if (view.getUint16(entry + 2, little) === SHORT) view.setUint16(entry + 8, value, little);
      else view.setUint32(entry + 8, value, little);
    },
  };
}
