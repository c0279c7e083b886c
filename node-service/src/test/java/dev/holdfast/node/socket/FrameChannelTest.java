// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FrameChannelTest {
  private static final int FRAMES = 5_000;

  private final RecordingChannel client = new RecordingChannel();
  private final FrameChannel channel = client.asFrameChannel();

  /** Some leave at once, some share a message: which of both must not matter. */
  @Test
  void framesKeepTheirOrderWhateverThePausesBetweenThem() {
    Random random = new Random(7);
    for (int i = 0; i < FRAMES; i++) {
      if (random.nextInt(10) == 0) {
        LockSupport.parkNanos(random.nextInt(400_000));
      }
      channel.sendSoon(frame(i));
    }
    Await.until(Duration.ofSeconds(20), "all are there", () -> client.frames().size() == FRAMES);
    List<ServerFrame> sent = IntStream.range(0, FRAMES).mapToObj(FrameChannelTest::frame).toList();
    assertThat(client.frames()).isEqualTo(sent);
  }

  private static ServerFrame frame(int number) {
    return new ServerFrame.EntriesWritten(number, number);
  }
}
