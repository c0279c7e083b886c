// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import picocli.CommandLine.IVersionProvider;

/** Read from the jar that this class is in. */
final class HoldfastVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = HoldfastVersion.class.getPackage().getImplementationVersion();
    return new String[] {"holdfast " + (version == null ? "(not packaged)" : version)};
  }
}
