// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The bytes of every frame, as other implementations see them. A change of this file is a change of
 * the protocol. {@code -Dholdfast.golden=write} writes it anew.
 */
class FrameGoldenTest {
  private static final Path GOLDEN = Path.of("src/test/resources/frames.golden");

  @Test
  void bytesOfEveryFrameAreThePublishedOnes() throws IOException {
    String now = Examples.ALL.stream().map(FrameGoldenTest::story).collect(Collectors.joining());
    if ("write".equals(System.getProperty("holdfast.golden"))) {
      Files.writeString(GOLDEN, now);
    }

    assertThat(now).isEqualTo(Files.readString(GOLDEN));
  }

  @Test
  void publishedBytesAreReadBack() throws IOException {
    List<String> lines = Files.readAllLines(GOLDEN);

    for (int i = 0; i < Examples.ALL.size(); i++) {
      Frame frame = Examples.ALL.get(i);
      byte[] json = lines.get(i * 4 + 1).substring("json ".length()).getBytes(UTF_8);
      byte[] cbor = HexFormat.of().parseHex(lines.get(i * 4 + 2).substring("cbor ".length()));

      assertThat(decode(FrameCodec.JSON, frame, json)).isEqualTo(frame);
      assertThat(decode(FrameCodec.CBOR, frame, cbor)).isEqualTo(frame);
    }
  }

  @Test
  void everyFrameTypeHasAnExample() {
    assertThat(Examples.ALL.stream().map(Frame::getClass).distinct()).hasSameSizeAs(FrameTypes.ALL);
  }

  private static String story(Frame frame) {
    return "# "
        + FrameTypes.of(frame).name()
        + "\njson "
        + new String(FrameCodec.JSON.encode(frame), UTF_8)
        + "\ncbor "
        + HexFormat.of().formatHex(FrameCodec.CBOR.encode(frame))
        + "\n\n";
  }

  static Frame decode(FrameCodec codec, Frame like, byte[] bytes) {
    return like instanceof ClientFrame ? codec.decodeClient(bytes) : codec.decodeServer(bytes);
  }
}
