# SPDX-License-Identifier: Apache-2.0
# One image for all programs of OpenCAPF; docker-compose.yml makes a lab of it, docs/docker.md explains both.
#   docker build -t opencapf .                            the image
#   docker build --target build -t opencapf-build .       compiler, programs, and the Debian package in /out
ARG BASE=debian:bookworm-slim

# The compiler's packages are a layer of their own, then what is compiled, then everything else: a change of a
# manual page compiles nothing, a change of a source installs nothing.
FROM ${BASE} AS build
WORKDIR /src
COPY tools/packages.txt tools/
RUN apt-get update -qq \
 && sed -n 's/ build$//p' tools/packages.txt \
    | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -qq --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY include include
COPY src src
# Parallel compilers; each needs up to 1.3 GB. Empty: one for each processor.
ARG JOBS=
RUN cmake --preset release -D OPENCAPF_BENCH=OFF -D CMAKE_CXX_COMPILER_LAUNCHER= \
 && cmake --build build/release -j "${JOBS:-$(nproc)}"
COPY . .
# The package is the one description of what is installed: the image has it without documentation and systemd.
# Configured again, with what was said above, because only now there is something to pack.
RUN cmake build/release && cmake --build build/release --target package \
 && mkdir /out && mv build/release/*.deb /out \
 && dpkg-deb -x /out/*.deb /out/root && docker/image-root.sh /out/root \
 && dpkg-deb -f /out/*.deb Depends | tr , '\n' | sed -n 's/^ *\(lib[^ ]*\|openssl\).*/\1/p' >/out/runtime-packages

FROM ${BASE}
COPY --from=build /out/runtime-packages /usr/share/opencapf/runtime-packages
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -qq --no-install-recommends \
    </usr/share/opencapf/runtime-packages \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
# Everything that runs, runs as this user: its number is part of the interface, volumes keep it.
RUN groupadd --system --gid 10001 opencapf \
 && useradd --system --uid 10001 --gid opencapf --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin \
    opencapf
COPY --from=build /out/root/ /
# A new volume gets the owner and the mode of the directory it is mounted at.
RUN for name in capfd cesd ca-simd; do \
        install -d -o opencapf -g opencapf -m 0700 /config/private/$name \
     && install -d -o opencapf -g opencapf -m 0755 /config/$name.d \
     && install -d -o opencapf -g opencapf -m 0750 \
            /run/opencapf/$name /var/lib/opencapf/$name /var/log/opencapf/$name || exit 1; \
    done \
 && install -d -o opencapf -g opencapf -m 0750 /var/lib/opencapf/phones \
 && chmod 0700 /config/private && chown -R opencapf:opencapf /config
USER opencapf
CMD ["capfctl", "--help"]
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="OpenCAPF" \
      org.opencontainers.image.description="Cisco CAPF Online CA chain for labs: capfd, cesd, ca-simd, phone-sim" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
