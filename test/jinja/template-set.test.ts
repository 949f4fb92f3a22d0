import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkTemplates } from '../support/template-set.ts';

it('a folder of templates is checked as a whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flacon-templates-'));
  try {
    mkdirSync(join(folder, 'users'));
    writeFileSync(join(folder, 'base.html'), '{% block a %}{% trans %}x{% endtrans %}{% endblock %}');
    writeFileSync(
      join(folder, 'users/list.html'),
      '{% extends "base.html" %}\n\n{% block a %}{{ users|markdown }}{% if x is fresh %}{% endif %}{% endblock %}',
    );
    writeFileSync(join(folder, 'users/broken.html'), '{% if %}');
    expect(checkTemplates(folder)).toEqual([
      { template: 'users/broken.html', lineno: 1, message: "Expected an expression, got 'end of statement block'" },
      { template: 'users/list.html', lineno: 3, message: "No filter named 'markdown'." },
    ]);
    expect(checkTemplates(folder, { filters: ['markdown'], tests: ['fresh'] })).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
