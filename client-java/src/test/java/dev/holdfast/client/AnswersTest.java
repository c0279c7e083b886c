// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.Blob;
import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.ServerFrame;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A frame that is added to the protocol is not forgotten where frames are told apart. */
class AnswersTest {
  /**
   * Greetings are of the connection, events of its subscribers; counts are of one node alone, and
   * may be behind.
   */
  private static final Set<Class<?>> NOT_SEEN =
      Set.of(ServerFrame.Welcome.class, ServerFrame.Event.class, ServerFrame.EntryCounts.class);

  static List<Class<?>> frames() {
    return Arrays.stream(ServerFrame.class.getPermittedSubclasses())
        .filter(frame -> !NOT_SEEN.contains(frame))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("frames")
  void theRevisionThatAFrameTellsIsSeen(Class<?> kind) throws ReflectiveOperationException {
    int revision = indexOf(kind, "revision").orElse(-1);

    long seen = Answers.revisionOf(frame(kind));

    assertThat(seen).isEqualTo(revision < 0 ? 0 : 100 + revision);
  }

  @ParameterizedTest
  @MethodSource("frames")
  void anAnswerFindsTheSessionThatAsked(Class<?> kind) throws ReflectiveOperationException {
    int request = indexOf(kind, "request").orElse(-1);

    long answers = Addressee.requestOf(frame(kind));

    assertThat(answers).isEqualTo(request < 0 ? 0 : 100 + request);
  }

  @Test
  void theNewestOfSeveralChangesIsSeen() {
    List<EntryChange> changes =
        List.of(
            new EntryChange("a", 7, false, Blob.EMPTY), new EntryChange("b", 5, true, Blob.EMPTY));

    assertThat(Answers.revisionOf(new ServerFrame.EntriesChanged(1, changes))).isEqualTo(7);
  }

  private static Optional<Integer> indexOf(Class<?> kind, String component) {
    List<String> names =
        Arrays.stream(kind.getRecordComponents()).map(RecordComponent::getName).toList();
    return names.contains(component) ? Optional.of(names.indexOf(component)) : Optional.empty();
  }

  /** Its numbers are 100, 101 and so on, by their place. */
  private static ServerFrame frame(Class<?> kind) throws ReflectiveOperationException {
    RecordComponent[] components = kind.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      if (types[i] == long.class) {
        values[i] = 100L + i;
      } else if (types[i] == boolean.class) {
        values[i] = false;
      } else if (types[i] == String.class) {
        values[i] = "x";
      } else if (types[i] == Blob.class) {
        values[i] = Blob.EMPTY;
      } else {
        values[i] = List.of();
      }
    }
    return (ServerFrame) kind.getDeclaredConstructor(types).newInstance(values);
  }
}
