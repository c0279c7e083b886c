/**
 * What a plugin is. A plugin is a folder {@code plugins/<id>/} with {@code plugin.yaml} and {@code
 * lib/*.jar}; its entry class implements {@link dev.holdfast.spi.plugin.Plugin}. It runs with the
 * full rights of the node: no sandbox is claimed.
 */
@NullMarked
package dev.holdfast.spi.plugin;

import org.jspecify.annotations.NullMarked;
