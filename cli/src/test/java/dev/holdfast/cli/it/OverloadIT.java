// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** More than the nodes can do at once: they say so, serve on, and nobody takes them for dead. */
@Isolated
@HoldfastCluster
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OverloadIT {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final int UPLOADS = 64;
  private static final int UPLOAD_BYTES = 4 << 20;
  private static final int WRITERS = 32;
  private static final int WRITES = 10;
  private static final int READERS = 25;
  private static final String FULL_MAP = "full";

  private final LocalCluster cluster;
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger refusals = new AtomicInteger();

  /** Refusals that take overload for an outage: an election that a starved leader lost. */
  private final AtomicInteger outages = new AtomicInteger();

  OverloadIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void uploadsAndWritersOfOneKeyAreDoneOrToldToComeAgain() throws Exception {
    Map<String, Integer> uploaded = new ConcurrentHashMap<>();
    AtomicInteger written = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    try (HttpClient http = HttpClient.newHttpClient();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < UPLOADS; i++) {
        int number = i;
        all.add(
            threads.submit(() -> {
              start.await();
              put(http, number, "large/" + number, bytes(number, UPLOAD_BYTES));
              uploaded.put("large/" + number, number);
              return null;
            }));
      }
      for (int i = 0; i < WRITERS; i++) {
        int number = i;
        all.add(
            threads.submit(() -> {
              start.await();
              for (int round = 0; round < WRITES; round++) {
                put(http, number, "one-key", bytes(number * WRITES + round, 100));
                written.incrementAndGet();
              }
              return null;
            }));
      }
      start.countDown();
      for (Future<?> one : all) {
        one.get(SOON.toSeconds() * 3, TimeUnit.SECONDS);
      }

      assertThat(faults).isEmpty();
      // Not more than a share, on a machine that does other things too: see docs/reliability.md.
      assertThat(outages.get()).isLessThanOrEqualTo((UPLOADS + WRITERS * WRITES) / 10);
      assertThat(written).hasValue(WRITERS * WRITES);
      assertThat(uploaded).hasSize(UPLOADS);
      for (Map.Entry<String, Integer> upload : uploaded.entrySet()) {
        LocalNode at = cluster.node((upload.getValue() + 1) % cluster.nodes().size());
        HttpRequest get =
            HttpRequest.newBuilder(URI.create(at.apiUri() + "/v1/objects/" + upload.getKey()))
                .timeout(SOON)
                .build();
        assertThat(http.send(get, BodyHandlers.ofByteArray()).body())
            .as(upload.getKey())
            .isEqualTo(bytes(upload.getValue(), UPLOAD_BYTES));
      }
    }
  }

  /** As a client does that is told to come again: later, and not for ever. */
  private void put(HttpClient http, int node, String key, byte[] body) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    while (System.nanoTime() - end < 0) {
      HttpResponse<String> answer =
          http.send(
              request(node, key).PUT(BodyPublishers.ofByteArray(body)).build(),
              BodyHandlers.ofString());
      if (answer.statusCode() == 200 || answer.statusCode() == 201) {
        return;
      }
      String retryAfter = answer.headers().firstValue("Retry-After").orElse("");
      boolean isOutage = answer.body().contains("\"NO_MAJORITY\"");
      boolean told =
          (answer.statusCode() == 429 || answer.statusCode() == 503)
              && (answer.body().contains("\"OVERLOADED\"") || isOutage)
              && retryAfter.matches("[0-9]+");
      if (isOutage) {
        outages.incrementAndGet();
      }
      if (!told) {
        faults.add(key + ": " + answer.statusCode() + " " + retryAfter + " " + answer.body());
        return;
      }
      refusals.incrementAndGet();
      TimeUnit.SECONDS.sleep(Long.parseLong(retryAfter));
    }
    faults.add(key + " was refused for " + SOON);
  }

  private HttpRequest.Builder request(int node, String key) {
    LocalNode at = cluster.node(node % cluster.nodes().size());
    return HttpRequest.newBuilder(
            URI.create(at.apiUri() + "/v1/objects/" + key + "?consistency=confirmed"))
        .timeout(SOON);
  }

  private static byte[] bytes(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Each asks for 400 MB; the heap of a node has 256. */
  @Test
  void aNodeLivesThoughManyAskForMuchAndReadNothing() throws Exception {
    LocalNode node = cluster.node(0);
    List<RawFrames> readers = new ArrayList<>();
    try (HttpClient http = HttpClient.newHttpClient();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        assertThat(map(http, node, "PUT", FULL_MAP + "/k" + i, bytes(i, 30 << 10)).statusCode())
            .isEqualTo(200);
      }
      for (int i = 0; i < READERS; i++) {
        RawFrames reader = new RawFrames(node, FrameCodec.CBOR);
        readers.add(reader);
        boolean pages = i % 2 == 0;
        var _ = threads.submit(() -> askForMuch(reader, pages));
      }

      for (int round = 0; round < 20; round++) {
        assertThat(map(http, node, "PUT", "served/" + round, new byte[] {1}).statusCode())
            .isEqualTo(200);
        assertThat(map(http, node, "GET", FULL_MAP + "/k1", new byte[0]).body()).hasSize(30 << 10);
        TimeUnit.MILLISECONDS.sleep(500);
      }

      assertThat(node.isAlive()).isTrue();
      for (RawFrames reader : readers) {
        reader.close();
      }
      Await.until(
          SOON,
          "what they did not read is given back",
          () -> Await.get(() -> unread(http, node)) == 0);
    } finally {
      for (RawFrames reader : readers) {
        reader.close();
      }
    }
    cluster.awaitReady(SOON);
  }

  private static void askForMuch(RawFrames reader, boolean pages) {
    try {
      reader.message(FrameCodec.CBOR.encode(new ClientFrame.Hello("it/1", 0)));
      for (int request = 1; request < 10_000; request++) {
        ClientFrame frame =
            pages
                ? new ClientFrame.ListEntries(request, FULL_MAP, "", "", 1_000, true)
                : new ClientFrame.GetEntry(request, FULL_MAP, "k1", false);
        reader.message(FrameCodec.CBOR.encode(frame));
      }
    } catch (IOException e) {
      // The node has closed it, or the test has.
    }
  }

  private static long unread(HttpClient http, LocalNode node) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(node.apiUri() + "/metrics")).build();
    try (InputStream body = http.send(request, BodyHandlers.ofInputStream()).body()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("holdfast_socket_unread_bytes "))
          .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' '))))
          .findFirst()
          .orElseThrow();
    }
  }

  private static HttpResponse<byte[]> map(
      HttpClient http, LocalNode node, String method, String key, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(node.apiUri() + "/v1/map/" + key))
            .timeout(SOON)
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    return http.send(request, BodyHandlers.ofByteArray());
  }
}
