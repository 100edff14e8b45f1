//! Style sheets are imported as text.

declare module "*.css" {
  const css: string;
  export default css;
}
