export async function fetchPicture() {
  const [data, size] = await Promise.all(['/picture.rgba', '/picture.json'].map((path) => fetch(path)));
  return { data: new Uint8Array(await data.arrayBuffer()), ...(await size.json()) };
}
