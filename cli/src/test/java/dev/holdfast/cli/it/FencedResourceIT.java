// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example {@code fenced-resource}: a foreign resource that checks tokens, and one that not. */
@HoldfastCluster
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FencedResourceIT {
  private static final int SKIPPED = 77;

  private final LocalCluster cluster;

  FencedResourceIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void pausedHolderLosesDataWithoutATokenAndIsRefusedWithIt(@TempDir Path folder) throws Exception {
    Path output = folder.resolve("output");
    ProcessBuilder run =
        new ProcessBuilder(Path.of("../examples/fenced-resource/run").toAbsolutePath().toString())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output.toFile());
    run.environment()
        .put(
            "HOLDFAST_SERVERS",
            cluster.apiUris().stream().map(URI::toString).collect(Collectors.joining(",")));
    run.environment().put("HOLDFAST", cluster.home().resolve("bin/holdfast").toString());
    Process process = run.start();
    try {
      assertThat(process.waitFor(140, TimeUnit.SECONDS)).as("it ends").isTrue();
    } finally {
      process.destroy(); // Its trap cleans up.
    }

    String said = Files.readString(output);
    assumeTrue(process.exitValue() != SKIPPED, said);
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said)
        .contains("unfenced: balance 1, the late write was written")
        .contains("fenced:   balance 100, the late write was refused");
  }
}
