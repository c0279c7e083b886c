// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class FrameDecoderTest {
  private static final int MESSAGE_BYTES_MAX = 2 << 20;
  private static final int EAGER_BYTES = 1 << 10;

  @Test
  void takesNoMemoryForWhatIsOnlyAnnounced() throws FrameException {
    FrameDecoder decoder = new FrameDecoder(true, MESSAGE_BYTES_MAX, EAGER_BYTES);
    ByteBuffer header =
        ByteBuffer.allocate(14)
            .put((byte) (0x80 | FrameDecoder.BINARY))
            .put((byte) 0xFF) // masked, and 8 bytes of length follow
            .putLong(MESSAGE_BYTES_MAX)
            .putInt(0)
            .flip();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    decoder.feed(header, (opcode, payload) -> {});

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MESSAGE_BYTES_MAX / 4);
  }
}
