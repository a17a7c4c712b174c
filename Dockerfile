# docker build -t tollgate .
# docker run -p 8080:8080 -v tollgate-data:/data -v ./tollgate.json:/etc/tollgate/tollgate.json:ro \
#   --read-only --cap-drop ALL --security-opt no-new-privileges tollgate
# In a container the configuration wants "listen": "0.0.0.0:8080", "database": "sqlite:/data/tollgate.db"
# and "plugin_dir": "/usr/local/lib/tollgate/plugins".

FROM debian:12-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make install DESTDIR=/out \
 && cd /out/usr/local \
 && strip --strip-debug bin/tollgate bin/tollgate-sandbox bin/tollgate-conformance lib/tollgate/plugins/*.so

FROM debian:12-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates libboost-url1.81.0 libpng16-16 libsoci-core4.0 libsoci-sqlite3-4.0 libspdlog1.10 \
      libsqlite3-0 libssl3 libstdc++6 libzxing2 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tollgate \
 && install -d -o tollgate -g tollgate -m 0700 /data
COPY --from=build /out/usr/local/ /usr/local/
COPY LICENSE /usr/local/share/doc/tollgate/LICENSE
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
  CMD ["tollgate", "healthcheck", "--config", "/etc/tollgate/tollgate.json"]
ENTRYPOINT ["tollgate"]
CMD ["serve", "--config", "/etc/tollgate/tollgate.json"]
