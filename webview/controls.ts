/**
 * The toolkit's controls, registered once: the only file that knows where they come from (webview/components/controls.tsx
 * wraps them). A script of its own, so that the page paints before the controls are parsed. The
 * toolkit's progress ring and badge are left out: their templates carry style attributes, which a strict CSP refuses.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeTextField } from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeTextField());
