// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;

final class InMemoryContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new InMemoryBackend(3);
  }
}
