// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;

final class ThreeServersContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new RaftBackend(3);
  }
}
