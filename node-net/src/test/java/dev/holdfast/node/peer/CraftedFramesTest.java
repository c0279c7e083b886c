// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.KryoException;
import com.sun.management.ThreadMXBean;
import dev.holdfast.spi.Bytes;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Few bytes that claim to be much. Each is refused for what it claims, before memory is taken. */
final class CraftedFramesTest {
  /** Stack traces of the refusal included; the least that the frames claim is a megabyte. */
  private static final long ALLOCATED_BYTES_MAX = 128 << 10;

  private static final int FRAME_BYTES_MAX = 64;
  private static final List<Class<?>> KINDS =
      List.of(
          Ping.class,
          Pong.class,
          Raw.class,
          Buffer.class,
          Texts.class,
          Names.class,
          Pairs.class,
          Nest.class,
          Grid.class,
          Shade.class,
          Painted.class,
          Picky.class);
  private static final PeerCodec CODEC =
      new PeerCodec(PeerKinds.none().feature(PeerKinds.FIRST_ID, KINDS));

  @SuppressWarnings("ArrayRecordComponent")
  record Raw(byte @Nullable [] bytes) implements PeerRequest<Pong> {}

  record Buffer(@Nullable Bytes bytes) implements PeerRequest<Pong> {}

  record Texts(@Nullable List<String> texts) implements PeerRequest<Pong> {}

  record Names(Set<String> names) implements PeerRequest<Pong> {}

  record Pairs(Map<String, String> pairs) implements PeerRequest<Pong> {}

  record Nest(@Nullable Nest inner) implements PeerRequest<Pong> {}

  record Grid(List<List<List<Long>>> cells) implements PeerRequest<Pong> {}

  enum Shade {
    DARK,
    LIGHT
  }

  record Painted(Shade shade) implements PeerRequest<Pong> {}

  record Picky(int positive) implements PeerRequest<Pong> {
    Picky {
      if (positive <= 0) {
        throw new IllegalArgumentException("not positive");
      }
    }
  }

  /**
   * @param hex after a varint Kryo id + 2, e.g. 12 for id 16
   */
  record Crafted(String name, String hex) {
    byte[] bytes() {
      return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Kryo writes a class as its id + 2. */
  private static String kind(Class<?> kind) {
    return HexFormat.of().toHexDigits((byte) (PeerKinds.FIRST_ID + KINDS.indexOf(kind) + 2));
  }

  private static Crafted of(Class<?> kind, String name, String rest) {
    return new Crafted(name + " in " + kind.getSimpleName(), kind(kind) + rest);
  }

  private static final String GIGABYTE = "80 80 80 80 04";
  private static final String INT_MAX = "ff ff ff ff 07";
  private static final String NEGATIVE = "ff ff ff ff 0f";

  static Stream<Crafted> frames() {
    return Stream.of(
        of(Raw.class, "1 GiB array", "01" + GIGABYTE + "00"),
        of(Raw.class, "2 GiB array", "01" + INT_MAX),
        of(Raw.class, "negative array", "01" + NEGATIVE),
        of(Buffer.class, "1 GiB bytes", "01" + GIGABYTE),
        of(Ping.class, "1 GiB text", "01" + GIGABYTE + "61"),
        of(Ping.class, "negative text", "01" + NEGATIVE),
        of(Ping.class, "text that is not UTF-8", "01 02 c3 28"),
        of(Texts.class, "list of 2^30", "01" + GIGABYTE + "01 01 61"),
        of(Texts.class, "negative list", "01" + NEGATIVE),
        of(Texts.class, "list with an absent element", "01 01 00"),
        of(Names.class, "set of 2^31", "01" + INT_MAX + "01 01 61"),
        of(Pairs.class, "map of 2^30", "01" + GIGABYTE + "01 01 61 01 01 62"),
        of(Pairs.class, "map whose value is cut", "01 01 01 01 61 01"),
        of(Grid.class, "lists of lists", "01 02 01" + INT_MAX + "01" + INT_MAX),
        of(Nest.class, "60 levels", "01".repeat(59) + "00"),
        of(Nest.class, "presence that is neither", "02"),
        of(Painted.class, "unknown constant", "01 02"),
        of(Painted.class, "negative constant", "01" + NEGATIVE),
        of(Picky.class, "value that its record refuses", "00"),
        of(Picky.class, "number of too many bytes", "ff ff ff ff ff ff"),
        of(Shade.class, "enum as a message", "01 00"),
        of(Ping.class, "trailing byte", "01 01 61 00"),
        of(Ping.class, "trailing message", "01 01 61" + kind(Ping.class) + "01 01 61"),
        of(Ping.class, "truncated", "01 05 61"),
        of(Ping.class, "nothing but the id", ""),
        new Crafted("empty", ""),
        new Crafted("null", "00"),
        new Crafted("Kryo's own id of int", "02 02"),
        new Crafted("Kryo's own id of String", "03 81"),
        new Crafted("class by name", "01 00 81"),
        new Crafted("unknown id", "7f"),
        new Crafted("id beyond an int", "ff ff ff ff ff ff ff"),
        new Crafted("id below zero", "ff ff ff ff 0f"));
  }

  @ParameterizedTest
  @MethodSource("frames")
  void refusesWithoutTakingMemory(Crafted frame) {
    byte[] bytes = frame.bytes();
    assertThat(bytes).hasSizeLessThanOrEqualTo(FRAME_BYTES_MAX);
    assertThatThrownBy(() -> CODEC.decode(bytes, 0)).isInstanceOf(KryoException.class);

    long allocated = allocatedBy(bytes);

    assertThat(allocated).isLessThan(ALLOCATED_BYTES_MAX);
    assertThat(CODEC.decode(CODEC.encode(new Ping("next"), 0), 0)).isEqualTo(new Ping("next"));
  }

  private static long allocatedBy(byte[] frame) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      CODEC.decode(frame, 0);
      throw new AssertionError("it was accepted");
    } catch (KryoException e) {
      return threads.getCurrentThreadAllocatedBytes() - before;
    }
  }

  @Test
  void acceptsWhatIsWellFormedAndDeepEnough() {
    Nest nest = new Nest(null);
    for (int depth = 1; depth < FrameInput.DEPTH_MAX; depth++) {
      nest = new Nest(nest);
    }
    assertThat(CODEC.decode(CODEC.encode(nest, 0), 0)).isEqualTo(nest);

    byte[] deeper = CODEC.encode(new Nest(nest), 0);
    assertThatThrownBy(() -> CODEC.decode(deeper, 0))
        .isInstanceOf(KryoException.class)
        .hasMessageContaining("nested at most " + FrameInput.DEPTH_MAX);
  }

  @Test
  void refusesASizeBeforeItReadsTheElements() {
    byte[] frame = of(Texts.class, "list of 65,536 in a few bytes", "01 80 80 04 01 01 61").bytes();

    assertThatThrownBy(() -> CODEC.decode(frame, 0))
        .isInstanceOf(KryoException.class)
        .hasMessageContaining("65536 elements are claimed, 3 bytes remain");
  }

  /** Kryo would load it to look at it, were registration not required. */
  @Test
  void looksForNoClassThatAFrameNames() {
    byte[] name = Bomb.class.getName().getBytes(StandardCharsets.US_ASCII);
    name[name.length - 1] |= (byte) 0x80; // where Kryo's ASCII ends
    byte[] frame =
        ByteBuffer.allocate(2 + name.length).put((byte) 1).put((byte) 0).put(name).array();

    assertThatThrownBy(() -> CODEC.decode(frame, 0))
        .isInstanceOf(KryoException.class)
        .hasStackTraceContaining("not registered");
  }

  record Bomb() implements PeerRequest<Pong> {}

  @Test
  void limitsTheElementsOfAllCollectionsTogether() {
    List<Long> row = Stream.generate(() -> 1L).limit(FrameInput.ELEMENTS_MAX / 2).toList();
    byte[] frame = CODEC.encode(new Grid(List.of(List.of(row, row))), 0);

    assertThatThrownBy(() -> CODEC.decode(frame, 0))
        .isInstanceOf(KryoException.class)
        .hasMessageContaining("at most " + FrameInput.ELEMENTS_MAX + " elements");
  }

  @Test
  void throwsNothingButKryosExceptionAtRandomBytes() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] frame = new byte[random.nextInt(FRAME_BYTES_MAX)];
      random.nextBytes(frame);
      if (frame.length > 0) {
        frame[0] = (byte) (PeerKinds.FIRST_ID + 2 + random.nextInt(KINDS.size()));
      }
      try {
        CODEC.decode(frame, 0);
      } catch (KryoException e) {
        assertThat(e).as("seed " + seed).hasMessageNotContaining("OutOfMemory");
      }
    }
  }

  /** The rogue knows the secret, but speaks of other records under the same ids. */
  @Test
  void servesOthersWhileOnePeerSendsWhatCannotBeRead() throws Exception {
    List<Class<?>> lies = List.of(Ping.class, Pong.class, Lie.class);
    List<Class<?>> truths = List.of(Ping.class, Pong.class, Raw.class);
    ClusterSecret secret = ClusterSecret.of(new byte[32]);
    Duration timeout = Duration.ofSeconds(5);
    try (WebSocketPeerNetwork n2 = network("n2", secret, truths);
        WebSocketPeerNetwork n1 = network("n1", secret, truths);
        WebSocketPeerNetwork rogue = network("n3", secret, lies)) {
      n2.serve(Raw.class, (from, _) -> new Pong("n2", "read from " + from.id()));
      String address = "127.0.0.1:" + n2.start().getPort();
      n1.locate("n2", address);
      rogue.locate("n2", address);

      for (int i = 0; i < 50; i++) {
        assertThatThrownBy(() -> rogue.call("n2", new Lie(true, Integer.MAX_VALUE), timeout))
            .isExactlyInstanceOf(PeerException.class)
            .hasMessageContaining("cannot be read");
        assertThat(n1.call("n2", new Raw(new byte[10]), timeout).text()).isEqualTo("read from n1");
      }
      assertThat(rogue.call("n2", new Ping("still"), timeout).text()).isEqualTo("still");
    }
  }

  /** On the wire like the beginning of a byte array of that length. */
  record Lie(boolean present, int length) implements PeerRequest<Pong> {}

  private static WebSocketPeerNetwork network(String id, ClusterSecret secret, List<Class<?>> kinds)
      throws Exception {
    return new WebSocketPeerNetwork(
        new WebSocketPeerNetwork.Settings(id, "127.0.0.1", 0, secret),
        PeerKinds.none().feature(PeerKinds.FIRST_ID, kinds),
        new SecureRandom(),
        System::nanoTime);
  }
}
