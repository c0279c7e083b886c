// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.FrameException.Code;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
  @Test
  void refusesUnknownFieldAndNamesIt() {
    FrameException error = json("{'type':'keepAlive','request':7,'session':'s','ttl':1}");

    assertThat(error.code()).isEqualTo(Code.FRAME_FIELD_UNKNOWN);
    assertThat(error.request()).isEqualTo(7);
    assertThat(error).hasMessageContaining("keepAlive").hasMessageContaining("\"ttl\"");
  }

  @Test
  void refusesMissingField() {
    assertThat(json("{'type':'keepAlive','request':7}").code()).isEqualTo(Code.FRAME_FIELD_MISSING);
    assertThat(json("{'request':7}").code()).isEqualTo(Code.FRAME_FIELD_MISSING);
    assertThat(cbor("820407").code()).isEqualTo(Code.FRAME_FIELD_MISSING);
    assertThat(cbor("80").code()).isEqualTo(Code.FRAME_FIELD_MISSING);
  }

  @Test
  void refusesOneElementTooMany() {
    assertThat(cbor("840407617300").code()).isEqualTo(Code.FRAME_FIELD_UNKNOWN);
    assertThat(cbor("9f0407617300ff").code()).isEqualTo(Code.FRAME_FIELD_UNKNOWN);
  }

  @Test
  void refusesWrongTypes() {
    for (String value : List.of("'7'", "7.0", "null", "true", "[7]", "{}", "-1", "1e3")) {
      FrameException error = json("{'type':'keepAlive','request':" + value + ",'session':'s'}");
      assertThat(error.code()).as(value).isEqualTo(Code.FRAME_FIELD_INVALID);
      assertThat(error.request()).isZero();
    }
    assertThat(json("{'type':'keepAlive','request':99999999999999999999,'session':'s'}").code())
        .isIn(Code.FRAME_FIELD_INVALID, Code.FRAME_MALFORMED);
    assertThat(json("{'type':'keepAlive','request':1,'session':5}").code())
        .isEqualTo(Code.FRAME_FIELD_INVALID);
    assertThat(cbor("83040705").code()).isEqualTo(Code.FRAME_FIELD_INVALID);
  }

  @Test
  void refusesTags() {
    for (String frame :
        List.of("c18304076173", "83c104076173", "830407c16173", "d9d9f78304076173")) {
      assertThat(cbor(frame).code()).as(frame).isEqualTo(Code.FRAME_MALFORMED);
    }
    assertThat(cbor("c1".repeat(60_000) + "8304076173").code()).isEqualTo(Code.FRAME_MALFORMED);
    assertThat(cbor("830407" + "c1".repeat(60_000) + "6173").code())
        .isEqualTo(Code.FRAME_MALFORMED);
    assertThat(cbor("81".repeat(60_000)).code()).isEqualTo(Code.FRAME_FIELD_MISSING);
  }

  /** Longer forms of 'k', a lone surrogate, a byte that begins nothing, a cut character. */
  @Test
  void refusesTextsOfCborThatAreNoUtf8() {
    for (String text : List.of("62c1ab", "63e081ab", "63eda080", "61ff", "61c3", "6163c328")) {
      assertThat(cbor("830407" + text).code()).as(text).isEqualTo(Code.FRAME_MALFORMED);
    }
  }

  /** Bytes within texts look like heads of items, and are none. */
  @Test
  void takesTextsThatLookLikeTags() {
    ClientFrame frame =
        new ClientFrame.KeepAlive(7, "\u00c1".repeat(20) + "\ud83d\udd12".repeat(20));

    assertThat(FrameCodec.CBOR.decodeClient(FrameCodec.CBOR.encode(frame))).isEqualTo(frame);
  }

  @Test
  void refusesJsonInAnotherEncodingThanUtf8() {
    String frame = "{\"type\":\"keepAlive\",\"request\":7,\"session\":\"s\"}";
    assertThat(FrameCodec.JSON.decodeClient(frame.getBytes(UTF_8)))
        .isEqualTo(new ClientFrame.KeepAlive(7, "s"));
    for (String charset : List.of("UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32")) {
      byte[] bytes = frame.getBytes(java.nio.charset.Charset.forName(charset));
      assertThatThrownBy(() -> FrameCodec.JSON.decodeClient(bytes))
          .as(charset)
          .isInstanceOf(FrameException.class);
    }
    assertThatThrownBy(() -> FrameCodec.JSON.decodeClient(("\ufeff" + frame).getBytes(UTF_8)))
        .isInstanceOf(FrameException.class);
  }

  @Test
  void refusesTheOtherDirectionAndUnknownTypes() {
    assertThat(json("{'type':'welcome','node':'n1','revision':1,'nodes':[]}").code())
        .isEqualTo(Code.FRAME_TYPE_UNKNOWN);
    assertThat(cbor("830a0761").code()).isEqualTo(Code.FRAME_TYPE_UNKNOWN);
    assertThat(cbor("821903e707").code()).isEqualTo(Code.FRAME_TYPE_UNKNOWN);
    assertThat(json("{'type':'dance'}").code()).isEqualTo(Code.FRAME_TYPE_UNKNOWN);
  }

  @Test
  void clientPassesOverFramesOfANewerNode() {
    Frame before = new ServerFrame.KeptAlive(7, "s", 9);
    Frame behind = new ServerFrame.Unobserved(8, "s", "jobs", false);
    // [999, {"a": [1, 2]}, "x"] between two that are known, then one of an endless array.
    byte[] message =
        HexFormat.of()
            .parseHex(hex(before) + "831903e7a161618201026178" + hex(behind) + "9f1903e76178ff");
    List<Frame> read = new ArrayList<>();

    FrameCodec.CBOR.decodeServer(message, read::add);
    FrameCodec.JSON.decodeServer(
        "{\"a\":{\"b\":[]},\"type\":\"dance\"}".getBytes(UTF_8), read::add);

    assertThat(read).containsExactly(before, behind);
  }

  @Test
  void clientRefusesWhatIsNoFrameOfANode() {
    for (String hex : List.of("831903e7a161618201", "831903e7", "830407617300", "82")) {
      byte[] message = HexFormat.of().parseHex(hex);
      assertThat(error(() -> FrameCodec.CBOR.decodeServer(message, frame -> {})).code())
          .as(hex)
          .isIn(Code.FRAME_MALFORMED, Code.FRAME_TYPE_UNKNOWN, Code.FRAME_FIELD_MISSING);
    }
    byte[] backwards = "{\"type\":\"keepAlive\",\"request\":7,\"session\":\"s\"}".getBytes(UTF_8);
    assertThat(error(() -> FrameCodec.JSON.decodeServer(backwards, frame -> {})).code())
        .isEqualTo(Code.FRAME_TYPE_UNKNOWN);
  }

  private static String hex(Frame frame) {
    return HexFormat.of().formatHex(FrameCodec.CBOR.encode(frame));
  }

  @Test
  void refusesWhatIsSaidTwiceOrFollows() {
    assertThat(json("{'type':'keepAlive','request':7,'request':7,'session':'s'}").code())
        .isEqualTo(Code.FRAME_MALFORMED);
    assertThat(json("{'type':'keepAlive','request':7,'session':'s'} {}").code())
        .isEqualTo(Code.FRAME_MALFORMED);
    assertThat(json("{'type':{'session':'x'},'type':'keepAlive','request':7,'session':'s'}").code())
        .isEqualTo(Code.FRAME_FIELD_UNKNOWN);
    assertThat(cbor("830407617300").code()).isEqualTo(Code.FRAME_MALFORMED);
  }

  @Test
  void takesTheTypeAnywhereInAnObject() {
    byte[] late = "{\"request\":7,\"session\":\"s\",\"type\":\"keepAlive\"}".getBytes(UTF_8);

    assertThat(FrameCodec.JSON.decodeClient(late)).isEqualTo(new ClientFrame.KeepAlive(7, "s"));
  }

  @Test
  void limitsTextInUtf8BytesBothWays() {
    String fits = "ä".repeat(FrameLimits.MAX_ID_BYTES / 2);
    Frame frame = new ClientFrame.KeepAlive(1, fits);
    Frame long2 = new ClientFrame.KeepAlive(1, fits + "x");

    for (FrameCodec codec : FrameCodec.values()) {
      assertThat(codec.decodeClient(codec.encode(frame))).isEqualTo(frame);
      assertThatThrownBy(() -> codec.encode(long2))
          .isInstanceOfSatisfying(
              FrameException.class, e -> assertThat(e.code()).isEqualTo(Code.FRAME_FIELD_TOO_LONG));
    }
    assertThat(json("{'type':'keepAlive','request':7,'session':'" + fits + "x'}").code())
        .isEqualTo(Code.FRAME_FIELD_TOO_LONG);
  }

  @Test
  void limitsListsAndFrames() {
    List<HandleRef> many =
        Collections.nCopies(
            FrameLimits.MAX_HANDLES + 1, new HandleRef("l", "h", LockMode.EXCLUSIVE));
    assertThatThrownBy(() -> FrameCodec.CBOR.encode(new ClientFrame.ResumeSession(1, "s", 0, many)))
        .hasMessageContaining("more than 64");

    byte[] huge = new byte[FrameLimits.MAX_FRAME_BYTES + 1];
    assertThat(error(() -> FrameCodec.CBOR.decodeClient(huge)).code())
        .isEqualTo(Code.FRAME_TOO_LARGE);
  }

  @Test
  void fullestResumeFitsIntoAFrame() {
    List<HandleRef> most =
        Collections.nCopies(
            FrameLimits.MAX_HANDLES,
            new HandleRef(
                "l".repeat(FrameLimits.MAX_LOCK_BYTES),
                "h".repeat(FrameLimits.MAX_ID_BYTES),
                LockMode.permits(1_000_000, 1_000_000)));
    Frame frame = new ClientFrame.ResumeSession(1, "s", 0, most);

    for (FrameCodec codec : FrameCodec.values()) {
      assertThat(codec.decodeClient(codec.encode(frame))).isEqualTo(frame);
    }
  }

  @Test
  void refusesDeepNestingWithoutReadingIt() {
    String deep = "[".repeat(30_000);
    assertThat(json("{'type':'keepAlive','request':" + deep).code())
        .isIn(Code.FRAME_MALFORMED, Code.FRAME_FIELD_INVALID);
    assertThat(json("{'dance':" + deep).code()).isEqualTo(Code.FRAME_MALFORMED);
    assertThat(cbor("81".repeat(30_000)).code())
        .isIn(Code.FRAME_MALFORMED, Code.FRAME_FIELD_MISSING);
  }

  @Test
  void refusesModesThatAreNone() {
    String head = "{'type':'acquire','request':1,'session':'s','holder':'h','lock':'l','mode':";
    String tail = ",'waitMillis':0,'seen':0}";
    for (String mode : List.of("'EXCLUSIVE'", "'permits:3/2'", "'permits:0/2'", "0", "''")) {
      assertThat(json(head + mode + tail).code()).as(mode).isEqualTo(Code.FRAME_FIELD_INVALID);
    }
    // [6, 1, "s", "h", "l", mode, 0, 0] with mode 2, [3,2], [1], [1,2,3]
    for (String mode : List.of("02", "820302", "8101", "83010203", "60")) {
      assertThat(cbor("88060161736168616c" + mode + "0000").code())
          .as(mode)
          .isEqualTo(Code.FRAME_FIELD_INVALID);
    }
  }

  @Test
  void damagedFramesAreFrameExceptionsAndNothingElse() {
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      Frame frame = Examples.ALL.get(random.nextInt(Examples.ALL.size()));
      FrameCodec codec = random.nextBoolean() ? FrameCodec.JSON : FrameCodec.CBOR;
      byte[] bytes = codec.encode(frame);
      if (random.nextBoolean()) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        Frame read = FrameGoldenTest.decode(codec, frame, bytes);
        assertThat(read).as("seed " + seed).isNotNull();
      } catch (FrameException e) {
        assertThat(e.code()).isNotNull();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void cborIsAtLeastFortyPercentSmallerThanJsonOverALockExchange() {
    List<Frame> exchange =
        List.of(
            new ClientFrame.Acquire(
                5,
                Examples.SESSION,
                Examples.HOLDER,
                Examples.LOCK,
                LockMode.EXCLUSIVE,
                5_000,
                Examples.REVISION),
            new ServerFrame.Queued(
                5, Examples.SESSION, Examples.HOLDER, Examples.LOCK, 1, Examples.REVISION),
            new ServerFrame.Granted(
                0,
                Examples.SESSION,
                Examples.HOLDER,
                Examples.LOCK,
                17,
                Examples.REVISION,
                "http://127.0.0.1:7610"),
            new ClientFrame.KeepAlive(6, Examples.SESSION),
            new ServerFrame.KeptAlive(6, Examples.SESSION, Examples.REVISION),
            new ClientFrame.Release(7, Examples.SESSION, Examples.HOLDER, Examples.LOCK, 17),
            new ServerFrame.Released(
                7, Examples.SESSION, Examples.HOLDER, Examples.LOCK, Examples.REVISION));

    int json = exchange.stream().mapToInt(f -> FrameCodec.JSON.encode(f).length).sum();
    int cbor = exchange.stream().mapToInt(f -> FrameCodec.CBOR.encode(f).length).sum();

    assertThat((double) cbor / json)
        .as("CBOR %d bytes, JSON %d bytes", cbor, json)
        .isLessThanOrEqualTo(0.6);
  }

  @Test
  void findsTheCodecOfASubprotocol() {
    assertThat(FrameCodec.forSubprotocol("holdfast.v1.cbor")).contains(FrameCodec.CBOR);
    assertThat(FrameCodec.forSubprotocol("holdfast.v2.cbor")).isEmpty();
  }

  private static FrameException json(String text) {
    return error(() -> FrameCodec.JSON.decodeClient(text.replace('\'', '"').getBytes(UTF_8)));
  }

  private static FrameException cbor(String hex) {
    return error(() -> FrameCodec.CBOR.decodeClient(HexFormat.of().parseHex(hex)));
  }

  private static FrameException error(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    FrameException error = catchThrowableOfType(FrameException.class, call);
    assertThat(error).isNotNull();
    return error;
  }
}
