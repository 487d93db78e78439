//! ONNX files as plain messages: read, build, merge.
