// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.http.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
final class BodyBuffersTest {
  private static final long TOTAL = 16 << 20;

  @TempDir Path folder;

  @Test
  void refusesAsOverloadWhenThereIsNoRoomInTime() {
    BodyBuffers buffers = new BodyBuffers(TOTAL, Duration.ZERO);
    List<BodyBuffers.Reserved> held = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      held.add(buffers.reading(1 << 20));
    }

    assertThatThrownBy(() -> buffers.reading(1 << 20))
        .isInstanceOfSatisfying(
            ObjectException.Overloaded.class,
            overloaded -> {
              ProblemException problem = ObjectProblems.of(overloaded);
              assertThat(problem.code()).isEqualTo("OVERLOADED");
              assertThat(problem.members()).containsKey("retryAfterSeconds");
            });
    buffers.head(10).close();
    held.getFirst().close();
    buffers.reading(1 << 20).close();
  }

  @Test
  void somethingLargerThanItsShareTakesAllOfIt() {
    BodyBuffers buffers = new BodyBuffers(8 << 20, Duration.ZERO);

    buffers.download(Long.MAX_VALUE / 8).close();
    buffers.sending(1 << 20).close();
  }

  @Test
  void aSmallWriteDoesNotWaitForLargeOnesThatStall() {
    ObjectSettings little =
        new ObjectSettings(
            3,
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            Duration.ofHours(1),
            Duration.ofHours(1),
            64,
            TOTAL,
            4,
            Duration.ZERO,
            ObjectSettings.TOMBSTONE_RETENTION,
            UploadSettings.DEFAULT);
    CountDownLatch end = new CountDownLatch(1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, little);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Stalling> bodies = new ArrayList<>();
      List<CompletableFuture<?>> stalled = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Stalling body = new Stalling(100, end);
        String key = "stalled-" + i;
        bodies.add(body);
        stalled.add(CompletableFuture.runAsync(() -> put(cluster, key, body, 4 << 20), threads));
      }
      bodies.forEach(body -> body.reached.join());

      cluster.node("n1").put("small", new byte[10]);
      byte[] large = new byte[3 << 20];
      put(cluster, "large", new ByteArrayInputStream(large), large.length);

      end.countDown();
      for (CompletableFuture<?> one : stalled) {
        assertThat(one.handle((_, error) -> error).join()).isNotNull();
      }
      assertThat(cluster.node("n2").get("large")).hasSize(large.length);
      assertThat(cluster.node("n1").list("")).containsExactly("large", "small");
    }
  }

  @Test
  void aBodyThatIsLongerThanAnnouncedIsNotStored() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3, ObjectCluster.PATIENT)) {
      for (int length : List.of(10, 5_000, 1 << 20)) {
        assertThatThrownBy(
                () -> put(cluster, "key", new ByteArrayInputStream(new byte[length + 1]), length))
            .isInstanceOfSatisfying(
                ProblemException.class,
                problem -> assertThat(problem.code()).isEqualTo("BODY_INCOMPLETE"));
      }
      assertThat(cluster.node("n1").list("")).isEmpty();
      assertThat(cluster.node("n1").store.records().stagedCount()).isZero();
    }
  }

  private static void put(ObjectCluster cluster, String key, InputStream body, long announced) {
    cluster
        .node("n1")
        .put(
            new WriteRequest(
                new dev.holdfast.core.version.ObjectKey(key),
                "",
                new TreeMap<>(),
                false,
                Preconditions.NONE,
                Optional.empty(),
                ""),
            new ObjectService.Upbound(body, announced, Optional.empty()));
  }

  /** Gives some bytes, then nothing until the end of the test, when the connection breaks. */
  private static final class Stalling extends InputStream {
    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private final CountDownLatch end;
    private int left;

    Stalling(int bytes, CountDownLatch end) {
      this.left = bytes;
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      if (left-- > 0) {
        return 1;
      }
      reached.complete(null);
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("connection reset");
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
      into[at] = (byte) read();
      return 1;
    }
  }
}
