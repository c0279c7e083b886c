// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The home's answer and the watch of this node come in any order; the client hears one story. */
final class HandleTest {
  private static final LockMode EXCLUSIVE = new LockMode.Exclusive();
  private static final Owner OWNER = new Owner("s1", "h1");
  private static final long REQUEST = 5;

  /** Sent last: what comes before it is all that there is. */
  private static final ServerFrame LAST = new ServerFrame.Released(99, "s1", "h1", "printer", 99);

  private final RecordingChannel client = new RecordingChannel();
  private final FrameChannel channel = client.asFrameChannel();
  private InMemoryCluster memory;
  private EntryBoard claims;
  private Handle handle;

  @BeforeEach
  void follow() {
    memory = InMemoryCluster.realTime();
    Coordinator coordinator = memory.open("n1");
    claims = new EntryBoard(coordinator, Keys.CLAIMS, Meter.NONE);
    handle = new Handle(OWNER, "printer", coordinator, channel, () -> {});
    handle.follow(claims);
  }

  @AfterEach
  void stop() {
    claims.close();
    memory.close();
  }

  /** A batch may enqueue a request and, by a release behind it, grant it: both at one revision. */
  @Test
  void tellsAGrantOfTheVeryCommitThatEnqueuedTheRequest() {
    watched(held(17, 9));

    handle.queued(REQUEST, 1, 9);

    assertThat(frames()).containsExactly(queued(9), granted(0, 17, 9));
  }

  @Test
  void tellsItAlsoWhenTheWatchIsLater() {
    handle.queued(REQUEST, 1, 9);

    watched(held(17, 9));

    assertThat(frames()).containsExactly(queued(9), granted(0, 17, 9));
  }

  @Test
  void tellsAGrantOnceWhicheverWayItComes() {
    watched(held(17, 9));

    handle.granted(REQUEST, 17, 9, "");
    watched(held(17, 9));

    assertThat(frames()).containsExactly(granted(REQUEST, 17, 9));
  }

  /** What the watch still tells of the claim before this request is no news about it (R19). */
  @Test
  void ignoresWhatIsOlderThanTheAnswer() {
    handle.granted(REQUEST, 17, 9, "");

    watched(absent(8));

    assertThat(frames()).containsExactly(granted(REQUEST, 17, 9));
  }

  @Test
  void tellsTheLossOfAHeldLock() {
    handle.granted(REQUEST, 17, 9, "");

    watched(absent(10));

    assertThat(frames())
        .endsWith(new ServerFrame.Lost("s1", "h1", "printer", 17, "SESSION_ENDED", 10));
  }

  @Test
  void tellsNothingOnceTheClientHasReleased() {
    handle.granted(REQUEST, 17, 9, "");
    handle.unfollow();

    watched(absent(10));

    assertThat(frames()).containsExactly(granted(REQUEST, 17, 9));
  }

  private List<ServerFrame> frames() {
    channel.sendSoon(LAST);
    Await.until(Duration.ofSeconds(10), "the last frame", () -> client.frames().contains(LAST));
    return client.frames().stream().filter(frame -> !frame.equals(LAST)).toList();
  }

  private void watched(Observation now) {
    claims.changed(List.of(now));
  }

  private static Observation held(long token, long revision) {
    EntryKey key = Handle.key(OWNER, "printer");
    Entry entry =
        new Entry(key, ClaimCodec.encode(new Claim.Held(token, EXCLUSIVE)), revision, revision);
    return new Observation(key, entry, 0, revision);
  }

  private static Observation absent(long revision) {
    return new Observation(Handle.key(OWNER, "printer"), null, revision, revision);
  }

  private static ServerFrame queued(long revision) {
    return new ServerFrame.Queued(REQUEST, "s1", "h1", "printer", 1, revision);
  }

  private static ServerFrame granted(long request, long token, long revision) {
    return new ServerFrame.Granted(request, "s1", "h1", "printer", token, revision, "");
  }
}
