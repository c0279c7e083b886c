// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.PeerMessages;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What nodes of two releases say to each other is agreed by nothing but this list. A changed line
 * in the golden file breaks a cluster while its nodes are updated one by one; a new one at the end
 * of a feature's range does not.
 */
final class PeerMessagesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/peer-messages.golden");

  /** To renew it: {@code mvn test -pl node-service -Dtest=PeerMessagesTest -Drenew=true}. */
  @Test
  void keepsIdsAndShapes() throws Exception {
    if (Boolean.getBoolean("renew")) {
      Files.writeString(GOLDEN, page(PeerMessages.KINDS));
    }
    assertThat(GOLDEN).hasContent(page(PeerMessages.KINDS));
  }

  private record Before(int a, List<String> b) {}

  private record After(int a, List<Integer> b) {}

  private record Holder(Nested nested) {}

  private record Nested(Choice choice) {}

  private enum Choice {
    ONE,
    TWO
  }

  @Test
  void seesAnotherOrderAndAnotherShape() {
    assertThat(page(kinds(Before.class, After.class)))
        .isNotEqualTo(page(kinds(After.class, Before.class)));
    assertThat(shape(Before.class)).isEqualTo("(int a, List<String> b)");
    assertThat(shape(After.class)).isEqualTo("(int a, List<Integer> b)");
    assertThat(page(kinds(Holder.class))).contains("Nested(", "Choice ONE, TWO");
  }

  @Test
  void noFeatureTakesAnIdOrATypeOfAnother() {
    PeerKinds one = kinds(Before.class, After.class);

    assertThatThrownBy(() -> one.feature(PeerKinds.FIRST_ID + 1, List.of(Holder.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("17");
    assertThatThrownBy(() -> one.feature(100, List.of(Before.class)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PeerKinds.none().feature(15, List.of(Before.class)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static PeerKinds kinds(Class<?>... kinds) {
    return PeerKinds.none().feature(PeerKinds.FIRST_ID, List.of(kinds));
  }

  private static String page(PeerKinds kinds) {
    StringBuilder page = new StringBuilder();
    Map<String, String> within = new TreeMap<>();
    kinds
        .byId()
        .forEach((id, kind) -> {
          page.append("%d %s%s\n".formatted(id, name(kind), shape(kind)));
          collect(kind, kinds.byId().values(), within);
        });
    page.append("\nwithin these:\n");
    within.forEach((name, shape) -> page.append(name).append(shape).append('\n'));
    return page.toString();
  }

  private static String shape(Class<?> kind) {
    if (kind.isEnum()) {
      return Arrays.stream(kind.getEnumConstants())
          .map(String::valueOf)
          .collect(Collectors.joining(", ", " ", ""));
    }
    if (kind.isSealed()) {
      return Arrays.stream(kind.getPermittedSubclasses())
          .map(PeerMessagesTest::name)
          .collect(Collectors.joining(" | ", " = ", ""));
    }
    return Arrays.stream(kind.getRecordComponents())
        .map(part -> name(part.getGenericType()) + " " + part.getName())
        .collect(Collectors.joining(", ", "(", ")"));
  }

  /** Types without an id whose shape is on the wire all the same. */
  private static void collect(Type type, Collection<Class<?>> kinds, Map<String, String> within) {
    switch (type) {
      case ParameterizedType generic -> {
        for (Type argument : generic.getActualTypeArguments()) {
          collect(argument, kinds, within);
        }
      }
      case Class<?> plain when plain.isRecord() || plain.isEnum() || plain.isSealed() -> {
        if (!kinds.contains(plain) && within.putIfAbsent(name(plain), shape(plain)) != null) {
          return;
        }
        if (plain.isRecord()) {
          for (RecordComponent part : plain.getRecordComponents()) {
            collect(part.getGenericType(), kinds, within);
          }
        }
      }
      default -> {}
    }
  }

  private static String name(Type type) {
    return type.getTypeName()
        .replaceAll("[a-z]+\\.", "")
        .replaceAll("[A-Za-z]+\\$", "$0")
        .replace('$', '.');
  }
}
