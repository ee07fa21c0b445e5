# syntax=docker/dockerfile:1
# The program in an image of its own: no shell, no root, for amd64 and arm64. `docker build -t gala .`

# What runs in a browser is the same for every machine.
FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS web
WORKDIR /source/client-ts
COPY client-ts/package.json client-ts/package-lock.json ./
COPY client-ts/core/package.json core/
COPY client-ts/react/package.json react/
COPY client-ts/web/package.json web/
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY client-ts ./
RUN npm run build --workspace web

# Debian 12 as the image below: the program is linked with its C library.
FROM rust:1.95-bookworm AS program
ARG TARGETARCH
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY protocol protocol
COPY actors actors
COPY migrations migrations
COPY loadtest loadtest
COPY server server
COPY --from=web /source/client-ts/web/dist client-ts/web/dist
# Line numbers stay, for backtraces, but take a third of the place.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,id=gala-target-$TARGETARCH,sharing=locked \
    cargo build --release --locked --package server --bin gala \
    && objcopy --compress-debug-sections=zlib target/release/gala /usr/local/bin/gala \
    && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Gala" \
      org.opencontainers.image.description="A self-hosted live workspace" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=program /usr/local/bin/gala /usr/local/bin/gala
COPY --from=program --chown=65532:65532 --chmod=0700 /data /data
COPY LICENSE /usr/share/doc/gala/LICENSE
USER 65532:65532
ENV GALA_LISTEN=0.0.0.0:8080 GALA_DATA_DIR=/data GALA_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Whether it lives. Whether it is ready is for the proxy: a node that lacks its database still holds
# edits, and must not be restarted for that.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["gala", "health"]
ENTRYPOINT ["gala"]
CMD ["serve"]
