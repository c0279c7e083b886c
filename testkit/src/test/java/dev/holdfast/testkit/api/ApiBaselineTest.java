// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Holdfast;
import dev.holdfast.protocol.WireHeaders;
import dev.holdfast.spi.EntryKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The surface of each module that others build on is the one that its {@code api.txt} says. {@code
 * mvn test -pl testkit -am -Dtest=ApiBaselineTest -Drenew=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes what is new; what breaks programs is written only
 * as long as the minor version is not released.
 */
final class ApiBaselineTest {
  static Stream<Arguments> modules() {
    return Stream.of(
        Arguments.of("spi", EntryKey.class),
        Arguments.of("protocol", WireHeaders.class),
        Arguments.of("client-java", Holdfast.class));
  }

  @ParameterizedTest
  @MethodSource("modules")
  void theSurfaceIsTheOneThatWasAgreedOn(String module, Class<?> anyType) throws IOException {
    Path baseline = Path.of("..", module, "api.txt");
    SortedSet<String> now = ApiSurface.of(anyType);
    boolean renew = Boolean.getBoolean("renew");
    if (renew && !Files.exists(baseline)) {
      Files.write(baseline, now);
    }
    assertThat(baseline).as("the baseline of " + module).isRegularFile();

    ApiChange change = ApiChange.between(new TreeSet<>(Files.readAllLines(baseline)), now);
    if (renew && (change.breaking().isEmpty() || !isReleased(projectVersion()))) {
      Files.write(baseline, now);
      return;
    }

    assertThat(change.breaking()).as("breaks what programs use of " + module).isEmpty();
    assertThat(change.added()).as("new in " + module + ", and not in api.txt").isEmpty();
  }

  @Test
  void aMethodThatIsGoneOrChangedBreaksAndOneThatIsNewDoesNot() {
    String type = "a.B: public final class a.B";
    String method = "a.B: public long a.B.size()";
    String other = "a.B: public int a.B.size()";

    assertThat(change(List.of(type, method), List.of(type)).breaking())
        .containsExactly("- " + method);
    assertThat(change(List.of(type, method), List.of(type, other)).breaking())
        .containsExactly("- " + method);
    assertThat(change(List.of(type), List.of(type, method)))
        .isEqualTo(new ApiChange(List.of(), List.of("+ " + method)));
    assertThat(change(List.of(type, method), List.of(type, method)).isNone()).isTrue();
  }

  @Test
  void anAbstractMethodBreaksThoseThatImplementItsTypeUnlessThereIsNobody() {
    String open = "a.B: public abstract interface a.B";
    String sealed = "a.B: public abstract sealed interface a.B permits a.C";
    String method = "a.B: public abstract long a.B.size()";

    assertThat(change(List.of(open), List.of(open, method)).breaking())
        .containsExactly("+ " + method);
    assertThat(change(List.of(sealed), List.of(sealed, method)).breaking()).isEmpty();
    assertThat(change(List.of(), List.of(open, method)).breaking()).isEmpty();
  }

  @Test
  void aVersionIsReleasedFromItsFirstPatchOn() throws IOException {
    assertThat(isReleased("0.1.0-SNAPSHOT")).isFalse();
    assertThat(isReleased("0.1.0")).isTrue();
    assertThat(isReleased("0.1.1-SNAPSHOT")).isTrue();
    assertThat(projectVersion()).matches("[0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?");
  }

  private static ApiChange change(List<String> before, List<String> now) {
    return ApiChange.between(new TreeSet<>(before), new TreeSet<>(now));
  }

  private static boolean isReleased(String version) {
    return !version.endsWith(".0-SNAPSHOT");
  }

  private static String projectVersion() throws IOException {
    Matcher version =
        Pattern.compile("<artifactId>holdfast</artifactId>\\s*<version>([^<]+)</version>")
            .matcher(Files.readString(Path.of("..", "pom.xml")));
    assertThat(version.find()).isTrue();
    return version.group(1);
  }
}
