// Scripts find Fluent beside them, where the server puts it; here it is in its package.

const PLACE = new URL("../../node_modules/@fluent/bundle/esm/", import.meta.url);

export async function resolve(name, context, next) {
  const inside = name.match(/\/fluent\/(.*)$/);
  return next(inside ? new URL(inside[1], PLACE).href : name, context);
}

export async function load(address, context, next) {
  // Its package does not say that these are modules.
  return next(address, address.startsWith(PLACE.href) ? { ...context, format: "module" } : context);
}
