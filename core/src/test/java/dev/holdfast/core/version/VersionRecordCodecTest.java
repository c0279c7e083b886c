// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class VersionRecordCodecTest {
  @Test
  void readsBackWhatItWrote() {
    for (int seed = 0; seed < 200; seed++) {
      VersionRecord version = version(new Random(seed));

      assertThat(VersionRecordCodec.decode(VersionRecordCodec.encode(version)))
          .as("seed %d", seed)
          .isEqualTo(version);
    }
  }

  /** Its id proves what is left, and it still joins what came before and after. */
  @Test
  void aVersionWithoutItsBytesIsTheSameVersion() {
    for (int seed = 0; seed < 200; seed++) {
      VersionRecord version = version(new Random(seed));
      VersionRecord removed = version.withoutBytes();

      assertThat(removed.isRemoved()).isTrue();
      assertThat(removed.chunks()).isEmpty();
      assertThat(removed.sizeBytes()).isEqualTo(version.sizeBytes());
      assertThat(removed.id()).as("seed %d", seed).isEqualTo(version.id());
      assertThat(VersionRecordCodec.decode(VersionRecordCodec.encode(removed))).isEqualTo(removed);
      assertThat(removed.plusDots(version.dots()).isRemoved()).isTrue();
    }
  }

  @Test
  void refusesARecordCutAtAnyByte() {
    byte[] bytes = VersionRecordCodec.encode(version(new Random(1)));
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> VersionRecordCodec.decode(cut))
          .as("cut at %d", length)
          .isInstanceOf(UnreadableEntryException.class);
    }
    assertThatThrownBy(() -> VersionRecordCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(UnreadableEntryException.class);
  }

  @Test
  void neverThrowsAnythingElseOnGarbage() {
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = VersionRecordCodec.encode(version(random));
      for (int i = random.nextInt(1, 8); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      decode(bytes, seed);
      byte[] noise = new byte[random.nextInt(64)];
      random.nextBytes(noise);
      decode(noise, seed);
    }
  }

  private static void decode(byte[] bytes, int seed) {
    try {
      VersionRecordCodec.decode(bytes);
    } catch (UnreadableEntryException expected) {
      assertThat(expected).as("seed %d", seed).hasMessageContaining("unreadable");
    }
  }

  @Test
  void refusesAHeadCutAtAnyByteAndReadsAWholeOne() {
    HeadRecord head =
        new HeadRecord(
            version(new Random(1)).id(),
            1L << 40,
            false,
            "rendezvous",
            7,
            3,
            List.of("n1", "n2", "n3"),
            List.of("n1", "n3"));
    byte[] bytes = head.encode().toArray();

    assertThat(HeadRecord.decode(Bytes.wrap(bytes))).isEqualTo(head);
    for (int length = 0; length < bytes.length; length++) {
      Bytes cut = Bytes.wrap(Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> HeadRecord.decode(cut)).isInstanceOf(UnreadableEntryException.class);
    }
  }

  @Test
  void headCarriesWhatItRemembersAndIsWrittenAsBeforeWithoutIt() {
    VersionId id = version(new Random(1)).id();
    HeadRecord plain = new HeadRecord(id, 3, false, "p", 7, 3, List.of("n1"), List.of("n1"));
    WriteMemory memory = WriteMemory.NONE;
    for (int i = 0; i < WriteMemory.ANSWERS_MAX + 2; i++) {
      memory = memory.with(new WriteMemory.Answer("id-" + i, 100 + i, id, i == 0, 3, 2));
    }
    HeadRecord head = plain.with(memory);

    assertThat(plain.encode().asBuffer().get(0)).isEqualTo((byte) 1);
    assertThat(HeadRecord.decode(head.encode())).isEqualTo(head);
    assertThat(head.encode().length()).isLessThan(5_000);
    assertThat(memory.of("id-1")).isEmpty();
    assertThat(memory.of("id-2")).isPresent();
    // id-1 was committed below the revision that id-2 replaced.
    assertThat(memory.mayHaveForgotten(101)).isTrue();
    assertThat(memory.mayHaveForgotten(102)).isFalse();
    byte[] bytes = head.encode().toArray();
    for (int length = 0; length < bytes.length; length += 7) {
      Bytes cut = Bytes.wrap(Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> HeadRecord.decode(cut)).isInstanceOf(UnreadableEntryException.class);
    }
  }

  @Test
  void keepsTheNameOfAWriteBesideTheId() {
    VersionRecord plain = version(new Random(5));
    VersionRecord named = plain.requestedAs("id-1");

    assertThat(named.id()).isEqualTo(plain.id());
    assertThat(VersionRecordCodec.decode(VersionRecordCodec.encode(named))).isEqualTo(named);
    assertThat(VersionRecordCodec.decode(VersionRecordCodec.encode(plain)).request()).isEmpty();
    assertThat(VersionRecordCodec.encode(plain)[0])
        .as("others are written as before")
        .isEqualTo((byte) 1);
    assertThat(named.withState(VersionState.CONFIRMED).request()).isEqualTo("id-1");
  }

  @Test
  void namesAVersionByItsContentAndNotByWhoWroteItWhen() {
    VersionRecord version = version(new Random(3));

    VersionRecord elsewhere =
        new VersionRecord(
            version.key(),
            version.parents(),
            new TreeSet<>(Set.of(new Dot("n9", "x", 9))),
            VersionVector.EMPTY,
            version.content(),
            version.contentSha256(),
            version.contentType(),
            version.metadata(),
            version.deleted(),
            "somebody else",
            12345,
            version.reapedRevision(),
            VersionState.CONFIRMED);
    VersionRecord otherwise =
        new VersionRecord(
            version.key(),
            version.parents(),
            version.dots(),
            version.context(),
            version.content(),
            version.contentSha256(),
            version.contentType() + "x",
            version.metadata(),
            version.deleted(),
            version.author(),
            version.writtenAtMillis(),
            version.reapedRevision(),
            version.state());

    assertThat(elsewhere.id()).isEqualTo(version.id());
    assertThat(otherwise.id()).isNotEqualTo(version.id());
  }

  @Test
  void aRootAfterAReapingIsAnotherVersion() {
    VersionRecord root = root(0);

    assertThat(root(17).id()).isNotEqualTo(root.id());
    assertThat(root(0).id()).isEqualTo(root.id());
  }

  @Test
  void aVectorKeepsItsGaps() {
    VersionVector vector =
        VersionVector.EMPTY.plus(List.of(new Dot("n1", "i", 1), new Dot("n1", "i", 3)));

    assertThat(vector.contains(new Dot("n1", "i", 2))).isFalse();
    assertThat(vector.contains(new Dot("n1", "i", 3))).isTrue();
    assertThat(vector.contains(new Dot("n1", "j", 3))).isFalse();
    assertThat(vector.plus(List.of(new Dot("n1", "i", 2))))
        .isEqualTo(VersionVector.EMPTY.plusUpTo(List.of(new Dot("n1", "i", 3))));
  }

  private static VersionRecord root(long reaped) {
    return new VersionRecord(
        new ObjectKey("k"),
        new TreeSet<>(),
        new TreeSet<>(Set.of(new Dot("n1", "i", 1))),
        VersionVector.EMPTY,
        Content.NONE,
        Sha256.of(new byte[0]),
        "",
        new TreeMap<>(),
        false,
        "",
        0,
        reaped,
        VersionState.STAGED);
  }

  private static VersionRecord version(Random random) {
    TreeSet<VersionId> parents = new TreeSet<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      parents.add(VersionId.of(hash(random)));
    }
    TreeSet<Dot> dots = new TreeSet<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      dots.add(new Dot("n" + random.nextInt(5), "inc", random.nextLong(1, Long.MAX_VALUE)));
    }
    List<ChunkRef> chunks = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      chunks.add(
          new ChunkRef(ChunkRef.SHA_256, hash(random), random.nextInt(1, ChunkRef.LENGTH_MAX + 1)));
    }
    byte[] inline = new byte[random.nextInt(200)];
    random.nextBytes(inline);
    return new VersionRecord(
        new ObjectKey("dir/é" + random.nextInt()),
        parents,
        dots,
        VersionVector.EMPTY.plus(dots),
        chunks.isEmpty() ? new Content.Inline(Bytes.wrap(inline)) : new Content.Chunked(chunks),
        hash(random),
        "text/plain",
        new TreeMap<>(Map.of("mode", "644", "mtime", "" + random.nextInt())),
        random.nextBoolean(),
        "author",
        random.nextLong(1L << 40),
        parents.isEmpty() ? random.nextLong(100) : 0,
        VersionState.of(random.nextInt(3)));
  }

  private static Bytes hash(Random random) {
    byte[] hash = new byte[Sha256.LENGTH_BYTES];
    random.nextBytes(hash);
    return Bytes.wrap(hash);
  }
}
