// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class CliReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "cli.md");

  @Test
  void pageSaysWhatTheHelpSays() throws IOException {
    String page = CliReference.page();
    if (Boolean.getBoolean("holdfast.rewrite")) {
      Files.writeString(PAGE, page);
    }

    assertThat(PAGE)
        .as(
            "rewrite it: mvn -pl cli -am test -Dtest=CliReferenceTest -Dholdfast.rewrite=true -Dsurefire.failIfNoSpecifiedTests=false")
        .hasContent(page);
  }
}
