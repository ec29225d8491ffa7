import { expect } from 'chai';
import { apiClient } from '../api/client.ts';
