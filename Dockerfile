# Two images from one file:
#
#   docker build -t querist .
#   docker build -t querist:cuda --build-arg VARIANT=cuda .
#
#   docker run -p 8080:8080 --stop-timeout 40 --read-only --tmpfs /tmp -v querist-data:/data querist
#   docker run -p 8080:8080 --stop-timeout 40 -v querist-data:/data --gpus all querist:cuda
ARG VARIANT=cpu

# Front-end packages, by the lock file.
FROM node:22-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

# ONNX Runtime's library out of its wheel, and for CUDA the libraries that it loads. Python stays in this stage.
FROM python:3.12-slim-bookworm AS runtime-cpu
WORKDIR /build
COPY scripts/setup.sh scripts/setup.sh
COPY --from=packages /build/node_modules node_modules
COPY --from=packages /build/package-lock.json ./
RUN touch node_modules/.package-lock.json && QUERIST_FETCH_ONLY=1 scripts/setup.sh run && mkdir -p /opt/cuda

FROM python:3.12-slim-bookworm AS runtime-cuda
WORKDIR /build
COPY scripts/setup.sh scripts/setup.sh
COPY --from=packages /build/node_modules node_modules
COPY --from=packages /build/package-lock.json ./
RUN touch node_modules/.package-lock.json && QUERIST_FETCH_ONLY=1 ONNXRUNTIME=onnxruntime-gpu scripts/setup.sh run
# cuBLAS is needed by the provider although the wheel does not ask for it.
RUN pip install --no-cache-dir --target /tmp/cuda "nvidia-cublas~=13.0" "nvidia-cuda-nvrtc~=13.0" \
      "nvidia-cuda-runtime~=13.0" "nvidia-cufft~=12.0" "nvidia-curand~=10.0" "nvidia-cudnn-cu13~=9.0" \
    && mkdir -p /opt/cuda && find /tmp/cuda -name '*.so*' -exec cp -t /opt/cuda {} + && rm -rf /tmp/cuda

FROM runtime-${VARIANT} AS runtime

# The program.
FROM rust:1.95-bookworm AS build
ARG VARIANT
WORKDIR /build
COPY . .
COPY --from=packages /build/node_modules node_modules
RUN features=$([ "$VARIANT" = cuda ] && echo cuda || true); \
    cargo build --release --locked --bin querist --features "$features"

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 querist && install -d -o querist /data
COPY --from=runtime /build/.setup/onnxruntime /opt/onnxruntime
COPY --from=runtime /opt/cuda /opt/cuda
COPY --from=build /build/target/release/querist /usr/local/bin/querist
# The program turns ONNX Runtime's telemetry off by itself; this holds for anything else that loads the library here.
ENV QUERIST_DATA=/data QUERIST_LISTEN=0.0.0.0:8080 QUERIST_ONNXRUNTIME=/opt/onnxruntime LD_LIBRARY_PATH=/opt/cuda \
    ORT_DISABLE_TELEMETRY=1 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
# By number, so that who runs it can see that it is not root.
USER 10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=2m CMD ["querist", "ready"]
ENTRYPOINT ["querist"]
CMD ["serve"]
