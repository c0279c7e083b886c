// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each body of REST, written by one side and read by the other: none can be left out. */
class BodiesTest {
  static Stream<Class<?>> bodies() throws IOException, URISyntaxException {
    Path classes =
        Path.of(Problem.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.list(classes.resolve("dev/holdfast/protocol"))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[A-Za-z]+Bodies\\.class"))
          .map(name -> "dev.holdfast.protocol." + name.replace(".class", ""))
          .sorted()
          .flatMap(name -> Arrays.stream(loaded(name).getDeclaredClasses()))
          .filter(Class::isRecord)
          .toList()
          .stream();
    }
  }

  @Test
  void allBodiesAreFound() throws Exception {
    assertThat(bodies())
        .contains(ObjectBodies.Page.class, LockBodies.Acquire.class, ClusterBodies.Policy.class)
        .hasSizeGreaterThan(35);
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void whatOneSideWritesTheOtherReads(Class<? extends Record> type) throws Exception {
    Record full = (Record) sample(type);

    String fromNode = WireJson.answers().writeValueAsString(full);
    String fromClient = WireJson.requests().writeValueAsString(full);

    assertThat(fromNode).isEqualTo(fromClient);
    assertThat(WireJson.answers().readValue(fromNode, type)).as(fromNode).isEqualTo(full);
    assertThat(WireJson.requests().readValue(fromClient, type)).as(fromClient).isEqualTo(full);
  }

  @Test
  void theLastPageNamesNoNext() {
    ObjectBodies.Page last = new ObjectBodies.Page(List.of(), List.of(), null, true, List.of());

    String json = WireJson.answers().writeValueAsString(last);

    assertThat(json).doesNotContain("next").doesNotContain("after");
    assertThat(WireJson.answers().readValue(json, ObjectBodies.Page.class)).isEqualTo(last);
  }

  @Test
  void allListsNameTheNextPageAlike() throws Exception {
    List<Class<?>> pages = bodies().filter(type -> type.getSimpleName().equals("Page")).toList();

    assertThat(pages).hasSize(4);
    for (Class<?> page : pages) {
      assertThat(page.getRecordComponents()).extracting(RecordComponent::getName).contains("next");
    }
  }

  private static Class<?> loaded(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  /** A value whose every component is there, none of them a default. */
  private static Object sample(Type type) throws ReflectiveOperationException {
    if (type == String.class) {
      return "text ü";
    } else if (type == long.class || type == Long.class) {
      return 1L << 40;
    } else if (type == int.class) {
      return 7;
    } else if (type == boolean.class) {
      return true;
    } else if (type == LockMode.class) {
      return LockMode.permits(2, 3);
    } else if (type instanceof ParameterizedType generic) {
      Object of = sample(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class ? List.of(of) : Map.of(of, of);
    } else if (type instanceof Class<?> record && record.isRecord()) {
      List<Object> values = new ArrayList<>();
      List<Class<?>> types = new ArrayList<>();
      for (RecordComponent component : record.getRecordComponents()) {
        types.add(component.getType());
        values.add(sample(component.getGenericType()));
      }
      return record
          .getDeclaredConstructor(types.toArray(new Class<?>[0]))
          .newInstance(values.toArray());
    }
    throw new AssertionError("No sample of " + type + " yet");
  }
}
