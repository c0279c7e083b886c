// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Declined;
import dev.holdfast.spi.merge.MergePolicy.Merged;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import dev.holdfast.spi.merge.MergePolicy.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;

/**
 * What every merge policy must pass. Its author implements this in a test class: the policy, and
 * requests that it merges. From these come hostile ones: bytes cut, changed and made up.
 */
public interface MergePolicyContract {
  int HOSTILE = 300;
  List<String> IO_EVENTS =
      List.of(
          "jdk.FileRead",
          "jdk.FileWrite",
          "jdk.FileForce",
          "jdk.SocketRead",
          "jdk.SocketWrite",
          "jdk.ProcessStart",
          "jdk.ThreadSleep");

  /** A new one each time, as on another node. */
  MergePolicy policy();

  /** At least one; all are merged. */
  List<Request> mergeable();

  @Test
  default void namesTypesInLowerCaseWithoutParameters() {
    assertThat(policy().contentTypes())
        .isNotEmpty()
        .allMatch(type -> type.matches("[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+"));
  }

  @Test
  default void mergesWhatItSaysAndDeclinesWithASentence() {
    MergePolicy policy = policy();
    for (Request request : mergeable()) {
      assertThat(policy.merge(request)).as("%s", request).isInstanceOf(Merged.class);
    }
    for (Request request : all()) {
      if (policy.merge(request) instanceof Declined(String why)) {
        assertThat(why).as("%s", request).isNotBlank().hasSizeLessThan(500);
      }
    }
  }

  /** Nodes must make one version, wherever they are and however long they run. */
  @Test
  default void answersAlikeOnEveryNode() {
    new PureAnswers<>(this::policy, all(), policy -> policy::merge).areAlikeOnEveryNode();
  }

  @Test
  default void answersAlikeInAnyOrderAndOnManyThreads() throws Exception {
    new PureAnswers<>(this::policy, all(), policy -> policy::merge)
        .areAlikeInAnyOrderAndOnManyThreads();
  }

  @Test
  default void staysWithinTheLimitsWhateverTheBytesAre() {
    MergePolicy policy = policy();
    List<Request> requests = all();
    requests.addAll(huge());
    for (Request request : requests) {
      if (policy.merge(request) instanceof Merged(Bytes bytes, var metadata)) {
        assertThat(bytes.length()).isLessThanOrEqualTo(MergePolicy.SIZE_BYTES_MAX);
        assertThat(metadata).hasSizeLessThanOrEqualTo(MergePolicy.METADATA_MAX);
      }
    }
  }

  @Test
  default void doesNoIoAndDoesNotSleep() throws IOException {
    MergePolicy policy = policy();
    answers(policy); // Loads its classes, which reads files.
    Path file = Files.createTempFile("merge", ".jfr");
    try (Recording recording = new Recording()) {
      IO_EVENTS.forEach(event -> recording.enable(event).withThreshold(Duration.ZERO));
      recording.start();
      answers(policy);
      recording.stop();
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertThat(events.stream().filter(MergePolicyContract::isOfThisThread)).isEmpty();
    } finally {
      Files.delete(file);
    }
  }

  private static boolean isOfThisThread(RecordedEvent event) {
    return event.getThread() != null
        && event.getThread().getJavaThreadId() == Thread.currentThread().threadId();
  }

  private List<Outcome> answers(MergePolicy policy) {
    return all().stream().map(policy::merge).toList();
  }

  private List<Request> all() {
    List<Request> all = new ArrayList<>(mergeable());
    for (int seed = 0; seed < HOSTILE; seed++) {
      Random random = new Random(seed);
      Request request = mergeable().get(random.nextInt(mergeable().size()));
      all.add(
          new Request(
              request.key(),
              request.contentType(),
              random.nextInt(4) == 0
                  ? Optional.empty()
                  : request.ancestor().map(side -> hostile(side, random)),
              hostile(request.head(), random),
              hostile(request.branch(), random)));
    }
    return all;
  }

  private static Side hostile(Side side, Random random) {
    byte[] bytes = side.bytes().toArray();
    return switch (random.nextInt(5)) {
      case 0 -> new Side(Bytes.EMPTY, side.metadata());
      case 1 -> {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        yield new Side(Bytes.wrap(noise), new TreeMap<>());
      }
      case 2 ->
          new Side(
              Bytes.copyOf(java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1))),
              side.metadata());
      case 3 -> {
        for (int i = random.nextInt(1, 6); i > 0 && bytes.length > 0; i--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        yield new Side(Bytes.wrap(bytes), side.metadata());
      }
      default -> side;
    };
  }

  /** As large as a side may be: deep, flat, and two that together are too large. */
  private List<Request> huge() {
    Request like = mergeable().getFirst();
    List<Request> huge = new ArrayList<>();
    for (String unit : List.of("[", "{\"a\":", "1,", "\"a\",", "<a>", "9", "\n", "\u0000")) {
      Bytes bytes = Bytes.utf8(unit.repeat(MergePolicy.SIZE_BYTES_MAX / unit.length()));
      Side side = new Side(bytes, new TreeMap<>());
      huge.add(new Request(like.key(), like.contentType(), like.ancestor(), side, like.branch()));
      huge.add(new Request(like.key(), like.contentType(), Optional.of(side), side, side));
      Bytes shorter = Bytes.copyOf(java.util.Arrays.copyOf(bytes.toArray(), bytes.length() - 7));
      huge.add(
          new Request(
              like.key(),
              like.contentType(),
              like.ancestor(),
              side,
              new Side(shorter, new TreeMap<>())));
    }
    return huge;
  }
}
