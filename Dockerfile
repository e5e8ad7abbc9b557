# docker build --build-arg REVISION="$(git rev-parse HEAD)" -t mimecast-credential-monitor:0.1.0 .
#
# It holds no Redis server: set redis.url in the config, or REDIS_URL. The config is looked for in /etc/mimecast-monitor;
# mount that folder, not the file alone, or a replaced file is not seen. Beyond its loopback the monitor listens only with
# http.token. Run it with --init when secrets come from commands ({ exec: … }), with --read-only, and with 100 s to stop:
#   docker run --init --read-only --cap-drop ALL --stop-timeout 100 -e REDIS_URL=redis://… \
#     -v "$PWD/config:/etc/mimecast-monitor:ro" -v "$PWD/secrets/monitor:/run/secrets:ro" mimecast-credential-monitor:0.1.0

FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --ignore-scripts
COPY tsconfig.json tsconfig.*.json ./
COPY scripts scripts
COPY src src
RUN node scripts/run.mjs build

FROM node:24.21.0-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY scripts/sbom.mjs scripts/
RUN node scripts/sbom.mjs > sbom.cdx.json

FROM node:24.21.0-trixie-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="mimecast-credential-monitor" \
      org.opencontainers.image.description="Knows within seconds, and never by a false alarm, that a Mimecast API 2.0 key pair stopped working." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-trixie-slim"
# Without it glibc keeps what was freed: some 50 MB after a config of 20 MB was read.
ENV MALLOC_TRIM_THRESHOLD_=1048576 \
    NODE_ENV=production \
    PATH=/app/bin:$PATH \
    MIMECAST_MONITOR_LISTEN=0.0.0.0:9464 \
    MIMECAST_MONITOR_CONFIG=/etc/mimecast-monitor/tenants.yaml
WORKDIR /app
COPY LICENSE package.json ./
COPY bin bin
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/sbom.cdx.json sbom.cdx.json
COPY --from=build /app/dist dist
# By number, so that Kubernetes can see that it is not root. It owns nothing, and needs to write nowhere.
USER 10001:10001
EXPOSE 9464
STOPSIGNAL SIGTERM
# It asks where MIMECAST_MONITOR_LISTEN says, by http or https, whichever is spoken there. For another port set the variable;
# a `--listen` of yours is unknown to it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=4 \
  CMD ["node", "/app/bin/mimecast-monitor", "health"]
ENTRYPOINT ["node", "--max-semi-space-size=32", "/app/bin/mimecast-monitor"]
CMD ["start"]
