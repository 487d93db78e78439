// The server serves Fluent's package beside the scripts.
export * from "@fluent/bundle";
