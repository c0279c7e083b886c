// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** An object eight times as large as the heap of a node goes up and down through it. */
@HoldfastCluster(heap = "256m", jvmFlags = "-XX:TieredStopAtLevel=4")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class BigObjectIT {
  private static final long SIZE = Long.getLong("holdfast.bigObjectBytes", 2L << 30);
  private static final int COPIES = 3;
  private static final long SPARE_BYTES = 2L << 30;
  private static final Duration TRANSFER = Duration.ofSeconds(280);

  private final LocalCluster cluster;

  BigObjectIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void carriesTwoGibibytesThroughNodesWithASmallHeap() throws Exception {
    assumeThat(Files.getFileStore(cluster.folder()).getUsableSpace())
        .as("room for three copies below " + cluster.folder())
        .isGreaterThan(COPIES * SIZE + SPARE_BYTES);
    MessageDigest sent = MessageDigest.getInstance("SHA-256");
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      long begun = System.nanoTime();
      HttpResponse<String> up =
          http.send(
              HttpRequest.newBuilder(cluster.node(0).apiUri().resolve("/v1/objects/big"))
                  .timeout(TRANSFER)
                  .PUT(
                      BodyPublishers.fromPublisher(
                          BodyPublishers.ofInputStream(
                              () -> new DigestInputStream(new Generated(SIZE), sent)),
                          SIZE))
                  .build(),
              BodyHandlers.ofString());
      assertThat(up.statusCode()).as(up.body()).isEqualTo(201);
      report("PUT", begun);

      String expected = HexFormat.of().formatHex(sent.digest());
      long asked = System.nanoTime();
      HttpResponse<InputStream> down =
          http.send(
              HttpRequest.newBuilder(cluster.node(1).apiUri().resolve("/v1/objects/big"))
                  .timeout(TRANSFER)
                  .build(),
              BodyHandlers.ofInputStream());
      assertThat(down.statusCode()).isEqualTo(200);
      MessageDigest received = MessageDigest.getInstance("SHA-256");
      try (InputStream body = new DigestInputStream(down.body(), received)) {
        assertThat(body.transferTo(java.io.OutputStream.nullOutputStream())).isEqualTo(SIZE);
      }
      assertThat(HexFormat.of().formatHex(received.digest())).isEqualTo(expected);
      report("GET", asked);
    }
    cluster.nodes().forEach(node -> assertThat(node.isAlive()).as(node.id() + " lives").isTrue());
  }

  private static void report(String what, long begunNanos) {
    double seconds = (System.nanoTime() - begunNanos) / 1e9;
    System.out.printf("%s of %d bytes: %.1f MB/s%n", what, SIZE, SIZE / 1e6 / seconds);
  }

  /** Bytes that no store could hold once for two chunks. */
  private static final class Generated extends InputStream {
    private final SplittableRandom random = new SplittableRandom(SIZE);
    private long left;

    Generated(long size) {
      this.left = size;
    }

    @Override
    public int read() {
      return left-- > 0 ? random.nextInt(256) : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(length, left);
      for (int i = 0; i < count; i += Long.BYTES) {
        long word = random.nextLong();
        for (int j = 0; j < Math.min(Long.BYTES, count - i); j++) {
          target[offset + i + j] = (byte) (word >>> (8 * j));
        }
      }
      left -= count;
      return count;
    }
  }
}
