// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.guide;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class NotesContractTest extends CoordinatorContract {
  @TempDir static Path folder = Path.of("");

  @Override
  protected Backend openBackend() {
    return new NotesBackend(folder);
  }
}
