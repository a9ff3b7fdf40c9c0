// Where a row's picture is. The folder and the name come from data, so they may only lead to a file below the folder:
// no other machine (\\server\share, //server, http:), no way up.

/// A reference for an <img> beside the report, or null where the name must not be followed.
export function picture_reference(folder: string | null | undefined, name: string): string | null {
  if (!folder || !name) return null;
  if (/[\\\u0000-\u001f]/.test(folder + name) || /^[a-z][a-z0-9+.-]*:/i.test(folder)) return null;
  const absolute = folder.startsWith("/");
  if (folder.startsWith("//") || name.startsWith("/")) return null;
  const outer = folder.split("/").filter((segment) => segment !== "" && segment !== ".");
  const inner = name.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (inner.length === 0 || inner.includes("..")) return null;
  // The folder as the user named it may lie beside the results; only its beginning may lead up.
  if (
    outer.lastIndexOf("..") >= 0 &&
    outer.slice(0, outer.lastIndexOf("..")).some((segment) => segment !== "..")
  )
    return null;
  const path = [...outer, ...inner].map((segment) =>
    segment === ".." ? segment : encodeURIComponent(segment),
  );
  return (absolute ? "/" : "./") + path.join("/");
}
