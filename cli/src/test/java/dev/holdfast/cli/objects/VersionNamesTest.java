// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.protocol.ObjectBodies;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class VersionNamesTest {
  private static final List<ObjectBodies.Version> KNOWN =
      Stream.of("ab12", "ab34", "cd")
          .map(id -> new ObjectBodies.Version(id, List.of(), "", false, 0, "", "", ""))
          .toList();

  @Test
  void aBeginningThatSeveralVersionsHaveIsRefusedAndNamesThem() {
    assertThat(VersionNames.only("k", "ab1", KNOWN)).isEqualTo("ab12");
    assertThatThrownBy(() -> VersionNames.only("k", "ab", KNOWN))
        .isInstanceOfSatisfying(
            CommandException.class,
            e -> {
              assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE);
              assertThat(e.next()).contains("ab12, ab34");
            });
    assertThatThrownBy(() -> VersionNames.only("k", "ef", KNOWN))
        .isInstanceOfSatisfying(
            CommandException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.NOT_FOUND));
  }
}
