// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.node.principal.Principal;
import dev.holdfast.protocol.ChunkProof;
import dev.holdfast.protocol.UploadBodies;
import dev.holdfast.spi.Bytes;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that take their time: what is sent, what is kept, and who may use it. */
@Timeout(120)
@SuppressWarnings("InputStreamSlowMultibyteRead") // they give one byte at most
final class UploadServiceTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int CHUNK = Content.FIXED_CHUNK_BYTES;
  private static final Principal ALICE = new Principal.Client("alice", Set.of());
  private static final Principal MALLORY = new Principal.Client("mallory", Set.of());

  @TempDir Path folder;

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static List<byte[]> cut(byte[] whole) {
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0; at < whole.length; at += CHUNK) {
      pieces.add(Arrays.copyOfRange(whole, at, Math.min(whole.length, at + CHUNK)));
    }
    return pieces;
  }

  private static List<ChunkRef> refs(byte[] whole) {
    return cut(whole).stream().map(ChunkRef::of).toList();
  }

  /** A client of one node. */
  private record Uploader(ObjectCluster.Node node, Principal who, String id) {
    static Uploader begin(ObjectCluster.Node node, Principal who, String key, long size) {
      UploadService.Progress created =
          node.storage
              .uploads()
              .create(who, new ObjectKey(key), OptionalLong.of(size), Optional.empty());
      return new Uploader(node, who, created.upload().id().text());
    }

    Uploader at(ObjectCluster.Node other) {
      return new Uploader(other, who, id);
    }

    UploadService uploads() {
      return node.storage.uploads();
    }

    UploadService.Progress progress() {
      return uploads().find(who, id);
    }

    /** Asks with the proofs of the bytes. */
    List<ChunkRef> missing(byte[] whole) {
      Bytes salt = progress().upload().lease().salt();
      return missing(
          cut(whole).stream()
              .map(piece -> claim(ChunkRef.of(piece), ChunkProof.of(salt.toArray(), piece)))
              .toList());
    }

    List<ChunkRef> missing(List<UploadChunks.Claim> claims) {
      return uploads().missing(who, id, claims);
    }

    UploadService.Stored store(byte[] piece) {
      return uploads()
          .store(
              who,
              id,
              new UploadService.Piece(
                  new ByteArrayInputStream(piece), piece.length, Sha256.of(piece)));
    }

    /** Sends what is missing, as a client does; returns how many chunks that were. */
    int send(byte[] whole) {
      List<ChunkRef> missing = missing(whole);
      cut(whole).stream()
          .filter(piece -> missing.contains(ChunkRef.of(piece)))
          .forEach(this::store);
      return missing.size();
    }

    WriteOutcome commit(String key, byte[] whole) {
      return commit(key, Optional.of(refs(whole)), Optional.of(Sha256.of(whole).toHex()));
    }

    WriteOutcome commit(String key, Optional<List<ChunkRef>> manifest, Optional<String> sha256) {
      return node.service()
          .put(node.request(key), uploads().body(who, id, new ObjectKey(key), manifest, sha256));
    }

    UploadService.Progress append(long offset, InputStream in, long announced) {
      return uploads()
          .append(who, id, offset, new ObjectService.Upbound(in, announced, Optional.empty()));
    }

    UploadService.Progress append(long offset, byte[] piece) {
      return append(offset, new ByteArrayInputStream(piece), piece.length);
    }
  }

  private static UploadChunks.Claim claim(ChunkRef ref, byte[] proof) {
    return new UploadChunks.Claim(ref, Optional.of(Bytes.wrap(proof)));
  }

  private static UploadRefusal refusal(Runnable request) {
    ObjectException.UploadRefused refused =
        catchThrowableOfType(ObjectException.UploadRefused.class, request::run);
    assertThat(refused).isNotNull();
    return refused.why();
  }

  @Test
  void theWireHasTheNumbersOfTheStore() {
    assertThat(UploadBodies.CHUNK_BYTES).isEqualTo(Content.FIXED_CHUNK_BYTES);
    assertThat(UploadBodies.CHUNKS_MAX).isEqualTo(Content.CHUNKS_MAX);
  }

  @Test
  void aChangedFileSendsItsChangedChunkOnly() {
    byte[] before = bytes(5 * CHUNK + 7, 1);
    byte[] after = before.clone();
    after[2 * CHUNK + 1]++;
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      ObjectCluster.Node node = cluster.node("n1");
      Uploader first = Uploader.begin(node, ALICE, "a", before.length);
      assertThat(first.send(before)).isEqualTo(6);
      assertThat(first.commit("a", before)).isInstanceOf(WriteOutcome.Written.class);

      Uploader second = Uploader.begin(cluster.node("n2"), ALICE, "b", after.length);
      assertThat(second.send(after)).isEqualTo(1);
      assertThat(second.commit("b", after)).isInstanceOf(WriteOutcome.Written.class);

      assertThat(cluster.node("n3").get("a")).isEqualTo(before);
      assertThat(cluster.node("n3").get("b")).isEqualTo(after);
    }
  }

  /** The same version, however its bytes came: it must have one manifest. */
  @Test
  void makesTheVersionThatAPlainPutMakes() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 1)) {
      ObjectCluster.Node node = cluster.node("n1");
      for (int length : List.of(1, Content.INLINE_BYTES_MAX, CHUNK, 2 * CHUNK, CHUNK + 1)) {
        byte[] whole = bytes(length, length);
        String key = "k" + length;
        Uploader upload = Uploader.begin(node, ALICE, key, length);
        upload.send(whole);

        WriteOutcome.Written sent = (WriteOutcome.Written) upload.commit(key, whole);

        WriteOutcome.Written put = node.put("p" + length, whole);
        assertThat(sent.version().content()).isEqualTo(put.version().content());
        assertThat(node.get(key)).isEqualTo(whole);
        assertThat(node.put(key, whole).id()).as("put again").isEqualTo(sent.id());
      }
    }
  }

  /** Some node has the chunk, and none of those that are to keep the object. */
  @Test
  void findsChunksAtNodesThatAreNoneOfItsOwn() {
    byte[] whole = bytes(2 * CHUNK, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      WriteOutcome.Written a = cluster.node("n1").put("a", whole);
      String other = keyApartFrom(cluster, "a");
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, other, whole.length);

      assertThat(upload.missing(whole)).isEmpty();

      assertThat(upload.commit(other, whole)).isInstanceOf(WriteOutcome.Written.class);
      assertThat(a.version().chunks()).hasSize(2);
      assertThat(cluster.node("n2").get(other)).isEqualTo(whole);
    }
  }

  /** A key whose copies share one node at most with those of another. */
  private static String keyApartFrom(ObjectCluster cluster, String key) {
    Set<String> taken = Set.copyOf(nodes(cluster, key));
    for (int i = 0; ; i++) {
      String other = "other" + i;
      if (nodes(cluster, other).stream().filter(taken::contains).count() <= 1) {
        return other;
      }
    }
  }

  private static List<String> nodes(ObjectCluster cluster, String key) {
    Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, key, 1);
    List<String> nodes = upload.progress().upload().lease().nodes();
    upload.uploads().abort(ALICE, upload.id());
    return nodes;
  }

  /** Else a hash that leaked would be enough to read what it stands for. */
  @Test
  void whoKnowsOnlyTheHashOfAChunkLearnsNothingAndGetsNothing() {
    byte[] secret = bytes(CHUNK, 1);
    ChunkRef ref = ChunkRef.of(secret);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n1").put("secret", secret);
      Uploader owner = Uploader.begin(cluster.node("n1"), ALICE, "mine", CHUNK);
      byte[] overheard = ChunkProof.of(owner.progress().upload().lease().salt().toArray(), secret);
      assertThat(owner.missing(secret)).isEmpty();

      Uploader thief = Uploader.begin(cluster.node("n1"), MALLORY, "stolen", CHUNK);

      assertThat(thief.missing(List.of(new UploadChunks.Claim(ref, Optional.empty()))))
          .containsExactly(ref);
      assertThat(thief.missing(List.of(claim(ref, ref.hash().toArray())))).containsExactly(ref);
      assertThat(thief.missing(List.of(claim(ref, overheard)))).containsExactly(ref);
      assertThat(refusal(() -> thief.commit("stolen", secret)))
          .isEqualTo(new UploadRefusal.ChunksMissing(List.of(ref)));
      Uploader foreign = new Uploader(cluster.node("n1"), MALLORY, owner.id());
      assertThat(refusal(foreign::progress)).isInstanceOf(UploadRefusal.Unknown.class);
      assertThat(refusal(() -> foreign.commit("mine", secret)))
          .isInstanceOf(UploadRefusal.Unknown.class);
      assertThat(foreign.uploads().list(MALLORY, Optional.empty(), "", 10)).hasSize(1);
    }
  }

  @Test
  void refusesWhatIsNotWhatItsNameSays() {
    byte[] whole = bytes(CHUNK + 5, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 1)) {
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, "k", whole.length);
      UploadService.Piece wrong =
          new UploadService.Piece(new ByteArrayInputStream(new byte[9]), 9, Sha256.of(new byte[8]));
      UploadService.Piece shorter =
          new UploadService.Piece(
              new ByteArrayInputStream(new byte[9]), 10, Sha256.of(new byte[9]));
      UploadService.Piece longer =
          new UploadService.Piece(
              new ByteArrayInputStream(new byte[CHUNK + 1]), -1, Sha256.of(new byte[CHUNK + 1]));

      assertThat(catchThrowableOfType(ObjectException.class, () -> store(upload, wrong)))
          .isInstanceOf(ObjectException.ChecksumMismatch.class);
      assertThat(catchThrowableOfType(ObjectException.class, () -> store(upload, shorter)))
          .isInstanceOf(ObjectException.BodyIncomplete.class);
      assertThat(catchThrowableOfType(ObjectException.class, () -> store(upload, longer)))
          .isInstanceOf(ObjectException.BodyTooLarge.class);
      assertThat(upload.progress().receivedBytes()).isZero();
      upload.send(whole);
      assertThat(refusal(() -> upload.commit("other", whole)))
          .isEqualTo(new UploadRefusal.OtherKey(new ObjectKey("k")));
      assertThat(refusal(() -> upload.commit("k", Arrays.copyOf(whole, CHUNK))))
          .isInstanceOf(UploadRefusal.BadManifest.class);
      assertThat(refusal(() -> upload.store(new byte[1])))
          .as("more than it was created for")
          .isEqualTo(new UploadRefusal.Full(whole.length));
      assertThat(
              catchThrowableOfType(
                  ObjectException.class,
                  () -> upload.commit("k", Optional.of(refs(whole)), Optional.of("00".repeat(32)))))
          .isInstanceOf(ObjectException.ChecksumMismatch.class);
      assertThat(cluster.node("n1").service().find(new ObjectKey("k"))).isEmpty();
      assertThat(upload.commit("k", whole)).isInstanceOf(WriteOutcome.Written.class);
    }
  }

  private static void store(Uploader upload, UploadService.Piece piece) {
    var _ = upload.uploads().store(ALICE, upload.id(), piece);
  }

  /** The node that accepted it dies in the middle: any other one goes on. */
  @Test
  void anyNodeGoesOnAfterTheAcceptingOneDied() {
    byte[] whole = bytes(4 * CHUNK, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      Uploader begun = Uploader.begin(cluster.node("n1"), ALICE, "k", whole.length);
      cut(whole).stream().limit(2).forEach(begun::store);
      cluster.kill("n1");

      Uploader goesOn = begun.at(cluster.node("n2"));
      assertThat(goesOn.progress().receivedBytes()).isEqualTo(2 * CHUNK);
      assertThat(goesOn.missing(without(whole)))
          .containsExactlyElementsOf(refs(whole).subList(2, 4));
      cut(whole).stream().skip(2).forEach(goesOn::store);
      cluster.start("n1");

      assertThat(begun.at(cluster.node("n1")).commit("k", whole))
          .isInstanceOf(WriteOutcome.Written.class);
      assertThat(cluster.node("n3").get("k")).isEqualTo(whole);
    }
  }

  /** Names without proofs: what the upload itself has is known by them. */
  private static List<UploadChunks.Claim> without(byte[] whole) {
    return refs(whole).stream().map(ref -> new UploadChunks.Claim(ref, Optional.empty())).toList();
  }

  /** Most of the nodes that kept it are gone: it moves to others, and says what they lack. */
  @Test
  void movesToOtherNodesWhenItsOwnAreGone() {
    byte[] whole = bytes(2 * CHUNK, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 5)) {
      List<String> own = nodes(cluster, "k");
      String other =
          List.of("n1", "n2", "n3", "n4", "n5").stream()
              .filter(id -> !own.contains(id))
              .findFirst()
              .orElseThrow();
      Uploader upload = Uploader.begin(cluster.node(other), ALICE, "k", whole.length);
      upload.send(whole);
      cluster.kill(own.get(0));
      cluster.kill(own.get(1));

      assertThat(upload.missing(whole)).as("the third one has them").isEmpty();

      assertThat(upload.progress().upload().lease().nodes()).isNotEqualTo(own);
      assertThat(upload.commit("k", whole)).isInstanceOf(WriteOutcome.Written.class);
      assertThat(cluster.node(other).get("k")).isEqualTo(whole);
    }
  }

  @Test
  void isOverOnceCommittedAbortedOrExpiredAndLetsItsChunksGo() {
    byte[] whole = bytes(CHUNK, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      ObjectCluster.Node node = cluster.node("n1");
      Uploader aborted = Uploader.begin(node, ALICE, "k", CHUNK);
      aborted.send(whole);
      assertThat(node.storage.openUploads()).isEqualTo(1);
      aborted.uploads().abort(ALICE, aborted.id());

      assertThat(refusal(() -> aborted.store(whole))).isInstanceOf(UploadRefusal.Unknown.class);
      assertThat(refusal(() -> aborted.uploads().abort(ALICE, aborted.id())))
          .isInstanceOf(UploadRefusal.Unknown.class);
      Uploader committed = Uploader.begin(node, ALICE, "k", CHUNK);
      committed.send(whole);
      committed.commit("k", whole);
      node.storage.uploads().committed(ALICE, committed.id());
      assertThat(refusal(committed::progress)).isInstanceOf(UploadRefusal.Unknown.class);
      for (String id : List.of("n1", "n2", "n3")) {
        Await.until(SOON, id + " lets go", () -> cluster.node(id).storage.openUploads() == 0);
      }
      assertThat(node.get("k")).isEqualTo(whole);
    }
  }

  @Test
  void endsWithItsLeaseUnlessItIsUsed() {
    UploadSettings brief = new UploadSettings(Duration.ofMillis(300), 9, Long.MAX_VALUE);
    try (ObjectCluster cluster =
        new ObjectCluster(folder, 1, ObjectCluster.SETTINGS.withUploads(brief))) {
      ObjectCluster.Node node = cluster.node("n1");
      Uploader upload = Uploader.begin(node, ALICE, "k", 2 * CHUNK);
      long first = upload.progress().upload().lease().expiresMillis();
      Await.until(SOON, "it lives on while it is used", () -> expiry(upload) > first);

      Await.until(
          SOON,
          "it is over",
          () -> node.storage.uploads().list(ALICE, Optional.empty(), "", 1).isEmpty());
      assertThat(refusal(upload::progress)).isInstanceOf(UploadRefusal.Unknown.class);
      Await.until(SOON, "nothing is left of it", () -> node.storage.openUploads() == 0);
    }
  }

  private static long expiry(Uploader upload) {
    upload.store(new byte[] {1});
    return upload.progress().upload().lease().expiresMillis();
  }

  @Test
  void limitsWhatOneClientLeavesUnfinished() throws Exception {
    UploadSettings few = new UploadSettings(Duration.ofHours(1), 3, 10 * CHUNK);
    try (ObjectCluster cluster =
            new ObjectCluster(folder, 3, ObjectCluster.SETTINGS.withUploads(few));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> begun = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        ObjectCluster.Node node = cluster.node("n" + (1 + i % 3));
        begun.add(threads.submit(() -> isBegun(node, CHUNK)));
      }
      int count = 0;
      for (Future<Boolean> one : begun) {
        count += one.get() ? 1 : 0;
      }

      assertThat(count).as("at once, at all nodes").isEqualTo(3);
      assertThat(Uploader.begin(cluster.node("n1"), MALLORY, "k", 1)).isNotNull();
      UploadService uploads = cluster.node("n1").storage.uploads();
      uploads
          .list(ALICE, Optional.empty(), "", 2)
          .forEach(one -> uploads.abort(ALICE, one.upload().id().text()));
      assertThat(isBegun(cluster.node("n1"), 10 * CHUNK)).as("too many bytes").isFalse();
      assertThat(isBegun(cluster.node("n1"), 9 * CHUNK)).isTrue();
    }
  }

  private static boolean isBegun(ObjectCluster.Node node, long size) {
    try {
      return !Uploader.begin(node, ALICE, "k", size).id().isEmpty();
    } catch (ObjectException.UploadRefused e) {
      assertThat(e.why()).isInstanceOf(UploadRefusal.TooMany.class);
      return false;
    }
  }

  /** At several nodes, through a broken connection. */
  @Test
  void appendsPieceByPieceAtAnyNode() {
    byte[] whole = bytes(3 * CHUNK + 11, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, "k", whole.length);
      upload.append(0, Arrays.copyOf(whole, CHUNK));
      InputStream broken =
          new SequenceInputStream(
              new ByteArrayInputStream(whole, CHUNK, CHUNK + 5), new Breaking());

      assertThat(
              catchThrowableOfType(
                  ObjectException.class, () -> upload.append(CHUNK, broken, 2 * CHUNK)))
          .isInstanceOf(ObjectException.BodyIncomplete.class);

      Uploader other = upload.at(cluster.node("n2"));
      assertThat(other.progress().upload().lease().appendedBytes()).isEqualTo(2 * CHUNK);
      assertThat(refusal(() -> other.append(CHUNK, new byte[1])))
          .isEqualTo(new UploadRefusal.WrongOffset(2 * CHUNK));
      other.append(2 * CHUNK, Arrays.copyOfRange(whole, 2 * CHUNK, whole.length));
      assertThat(refusal(() -> other.append(whole.length, new byte[1])))
          .as("behind a chunk that is not whole")
          .isEqualTo(new UploadRefusal.WrongOffset(whole.length));
      cluster.kill("n2");
      assertThat(upload.commit("k", Optional.empty(), Optional.of(Sha256.of(whole).toHex())))
          .isInstanceOf(WriteOutcome.Written.class);
      assertThat(cluster.node("n3").get("k")).isEqualTo(whole);
    }
  }

  private static final class Breaking extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("the connection broke");
    }
  }

  /** Two appends at one offset: one of them counts, and the other learns where it stands. */
  @Test
  void ofTwoAppendsAtOnceOneCounts() throws Exception {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, "k", 4 * CHUNK);
      List<Future<Boolean>> appends = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        Uploader at = upload.at(cluster.node("n" + i));
        byte[] piece = bytes(CHUNK, i);
        appends.add(threads.submit(() -> isAppended(at, piece)));
      }
      int count = 0;
      for (Future<Boolean> one : appends) {
        count += one.get() ? 1 : 0;
      }

      assertThat(count).isEqualTo(1);
      assertThat(upload.progress().upload().lease().appendedBytes()).isEqualTo(CHUNK);
    }
  }

  private static boolean isAppended(Uploader upload, byte[] piece) {
    try {
      upload.append(0, piece);
      return true;
    } catch (ObjectException.UploadRefused e) {
      assertThat(e.why()).isEqualTo(new UploadRefusal.WrongOffset(CHUNK));
      return false;
    }
  }

  /** What was aborted in between is over for whoever is still sending. */
  @Test
  void anAbortEndsAnAppendThatIsUnderWay() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 1)) {
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, "k", 4 * CHUNK);
      upload.append(0, bytes(CHUNK, 1));
      InputStream aborting =
          new SequenceInputStream(
              new ByteArrayInputStream(bytes(CHUNK, 2)),
              new InputStream() {
                @Override
                public int read() {
                  upload.uploads().abort(ALICE, upload.id());
                  return -1;
                }
              });

      assertThat(refusal(() -> upload.append(CHUNK, aborting, -1)))
          .isEqualTo(new UploadRefusal.WrongOffset(0));

      assertThat(refusal(upload::progress)).isInstanceOf(UploadRefusal.Unknown.class);
      Await.until(
          SOON, "nothing is left of it", () -> cluster.node("n1").storage.openUploads() == 0);
    }
  }

  /** A disk lost a chunk of an upload meanwhile: the commit names it, and it is sent again. */
  @Test
  void namesTheChunkThatIsLostMeanwhile() throws Exception {
    byte[] whole = bytes(3 * CHUNK, 1);
    ChunkRef lost = refs(whole).get(1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 1)) {
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, "k", whole.length);
      upload.send(whole);
      Path file;
      try (var files = java.nio.file.Files.walk(folder)) {
        file =
            files
                .filter(one -> one.getFileName().toString().contains(lost.hash().toHex()))
                .findFirst()
                .orElseThrow();
      }
      java.nio.file.Files.write(file, new byte[CHUNK]);

      assertThat(refusal(() -> upload.commit("k", whole)))
          .isEqualTo(new UploadRefusal.ChunksMissing(List.of(lost)));

      assertThat(upload.send(whole)).isEqualTo(1);
      assertThat(upload.commit("k", whole)).isInstanceOf(WriteOutcome.Written.class);
      assertThat(cluster.node("n1").get("k")).isEqualTo(whole);
    }
  }

  @Test
  void needsAMajorityOfItsNodes() {
    byte[] whole = bytes(CHUNK, 1);
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      Uploader upload = Uploader.begin(cluster.node("n1"), ALICE, "k", CHUNK);
      cluster.peers.lost = request -> request instanceof ObjectMessages.StoreChunk;

      assertThat(refusal(() -> upload.store(whole))).isInstanceOf(UploadRefusal.TooFewNodes.class);
      assertThat(
              refusal(
                  () -> upload.commit("k", Optional.of(refs(bytes(CHUNK, 2))), Optional.empty())))
          .isInstanceOf(UploadRefusal.ChunksMissing.class);

      cluster.peers.lost = _ -> false;
      assertThat(upload.store(whole).written()).isEqualTo(3);
      assertThat(upload.commit("k", whole)).isInstanceOf(WriteOutcome.Written.class);
    }
  }
}
