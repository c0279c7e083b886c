/** Plugins in the data folders of nodes: install, list, remove. */
@NullMarked
package dev.holdfast.cli.plugin;

import org.jspecify.annotations.NullMarked;
