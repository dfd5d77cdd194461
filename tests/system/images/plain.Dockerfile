# A Debian without systemd that has what the package depends on, so that a test needs no network.
FROM debian:bookworm-slim
ARG PACKAGES
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${PACKAGES} \
 && rm -rf /var/lib/apt/lists/*
